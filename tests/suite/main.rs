//! The integration tests, in one binary: each binary links the whole program.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod corrections;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod hybrid;
#[cfg(test)]
mod look_back;
#[cfg(test)]
mod pipeline;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod recognition;
#[cfg(test)]
mod rescoring;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod splitting;
#[cfg(test)]
mod store;
#[cfg(test)]
mod web;
#[cfg(test)]
mod web_access;
#[cfg(test)]
mod web_demo;
#[cfg(test)]
mod web_world;
