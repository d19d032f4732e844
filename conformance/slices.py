"""EndpointSlices, as far as they tell which addresses are ready, and at which ports."""

from conformance.objects import ReadPart


class SlicePort(ReadPart):
    """One port of a slice, which all its endpoints have."""

    protocol: str = "TCP"
    port: int | None = None


class EndpointConditions(ReadPart):
    """State of one endpoint; an unset `ready` means ready."""

    ready: bool | None = None


class SliceEndpoint(ReadPart):
    """One endpoint of a slice."""

    addresses: tuple[str, ...]
    conditions: EndpointConditions = EndpointConditions()


class ApiEndpointSlice(ReadPart):
    """The part of an EndpointSlice that tells which addresses are ready, and at which ports."""

    endpoints: tuple[SliceEndpoint, ...] | None = ()
    ports: tuple[SlicePort, ...] | None = ()

    @property
    def ready_addresses(self) -> tuple[str, ...]:
        """Addresses of the endpoints that are not said to be unready."""
        return tuple(
            address
            for endpoint in self.endpoints or ()
            if endpoint.conditions.ready is not False
            for address in endpoint.addresses
        )
