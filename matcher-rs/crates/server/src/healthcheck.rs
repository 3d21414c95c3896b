//! `matcher-server healthcheck`: asks the running service whether it lives, for container health checks without a shell or curl.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

/// Nothing, if the service at this address answers `/health/live` with 200.
///
/// # Errors
/// One line on what came instead.
pub fn check(address: SocketAddr) -> Result<(), String> {
    let address = reachable(address);
    let failed = |error: std::io::Error| format!("{address} does not answer: {error}");
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(failed)?;
    let request = format!("GET /health/live HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut head = [0; 64];
    let length = stream.read(&mut head).map_err(failed)?;
    if head[..length].starts_with(b"HTTP/1.1 200 ") {
        Ok(())
    } else {
        let line = String::from_utf8_lossy(&head[..length]);
        Err(format!("{address} answered {:?}", line.lines().next().unwrap_or_default()))
    }
}

/// A service that listens everywhere is asked on the loopback address.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback: IpAddr = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    address
}
