//! Captures, read.

#[cfg(test)]
mod bare;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod file;
#[cfg(test)]
mod ip;
#[cfg(test)]
mod net;
#[cfg(test)]
mod packet;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod witness;
#[cfg(test)]
mod write;
