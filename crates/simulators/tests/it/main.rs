//! The stand-ins from outside, over HTTP, and what is published of the contracts that they speak.

mod fly;
mod github;
mod openapi;
