"""A way to the API server on which Services and endpoints are edited; runs beside one proxy.

So a service proxy misses an event, a port, an endpoint, as proxies have done: the proxy itself is
the real one, and what it does with what it is told is its own. It runs inside the node, as a file
and by the standard library alone.
"""
