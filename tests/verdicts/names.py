"""Names, and what they resolve to, as tests of the DNS row have them."""

OWN, DEFAULT, TWIN, OTHER_TWIN = "10.96.3.4", "10.96.0.1", "10.96.3.5", "10.96.3.6"
WILDCARD = "203.0.113.7"
VIP, LOCAL_CACHE = "10.96.0.10", "169.254.20.10"
