//! The Fly stand-in: that it speaks Fly's contract, and behaves and misbehaves as Fly does.

mod contract;
mod faults;
mod hosts;
mod leases;
mod life;
mod lists;
mod page;
mod persistence;
mod programs;
mod support;
mod volumes;
