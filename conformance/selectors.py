"""Label selectors as the API has them, asked about labels that we know.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Selecting(BaseModel):
    """A part of an object that chooses others; fields that we do not read are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class Requirement(Selecting):
    """One expression of a selector."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def is_met(self, labels: Mapping[str, str]) -> bool:
        """Say whether labels meet it; an operator that we do not know is taken to be met."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
        return True


class LabelSelector(Selecting):
    """A selector; an empty one selects everything."""

    match_labels: dict[str, str] = Field(default_factory=dict)
    match_expressions: tuple[Requirement, ...] = ()

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Say whether something with these labels is selected."""
        return all(labels.get(key) == value for key, value in self.match_labels.items()) and all(
            requirement.is_met(labels) for requirement in self.match_expressions
        )

    def without_prefixes(self, *prefixes: str) -> Self:
        """Return the selector with the first of these prefixes taken off each key."""

        def plain(key: str) -> str:
            return next((key.removeprefix(p) for p in prefixes if key.startswith(p)), key)

        return self.model_copy(
            update={
                "match_labels": {plain(key): value for key, value in self.match_labels.items()},
                "match_expressions": tuple(
                    each.model_copy(update={"key": plain(each.key)})
                    for each in self.match_expressions
                ),
            }
        )
