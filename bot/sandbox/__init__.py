"""A local Discord: gateway, REST and CDN over real sockets."""
