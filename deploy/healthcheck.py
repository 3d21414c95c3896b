"""`python deploy/healthcheck.py`: exit code 0 if this container's server answers GET /health/live with 200.

The image's HEALTHCHECK, without curl. It asks the loopback address, but by a name from ALLOWED_HOSTS: any other Host
is refused before a view is reached. HEALTH_PORT is the port, 8000 unless it says otherwise.
"""

import http.client
import os
import sys

PATIENCE_SECONDS = 3


def main() -> int:
    """0 and silence, or 1 and one line on what came instead."""
    name = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().removeprefix(".")
    host = name if name not in {"", "*"} else "localhost"
    port = os.environ.get("HEALTH_PORT", "8000")
    connection = http.client.HTTPConnection(f"127.0.0.1:{port}", timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/health/live", headers={"Host": host})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stdout.write(f"port {port} does not answer: {error}\n")
        return 1
    if status != http.client.OK:
        sys.stdout.write(f"port {port} answered {status} to /health/live, Host: {host}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
