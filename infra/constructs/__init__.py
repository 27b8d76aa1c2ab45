"""One business concern each; `infra.stack` wires them."""
