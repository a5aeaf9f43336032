"""The annotation layers of a scheme in INCEpTION: as a UIMA type system, and with their tags."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from eventbench.corpus.scheme import Attribute, Scheme
from eventbench.io import Json

if TYPE_CHECKING:
    from cassis import TypeSystem

EVENT, ENTITY, LINK = (f"webanno.custom.{name}" for name in ("Event", "Entity", "Link"))
"""The layers, named as INCEpTION names those that a project adds."""

ARGUMENT = f"{EVENT}ArgumentsLink"
"""The type of a role with its filler: the layer, the feature and "Link", as INCEpTION names it."""

METADATA = "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData"
SENTENCE, TOKEN = (
    f"de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.{name}" for name in ("Sentence", "Token")
)
"""Types of DKPro Core, which INCEpTION knows."""

SOURCE, TARGET = "Governor", "Dependent"
"""The ends of a relation in INCEpTION."""

_ANNOTATION, _STRING, _BOOLEAN = "uima.tcas.Annotation", "uima.cas.String", "uima.cas.Boolean"

_USED = """
address begin end coveredText booleanValue doubleValue byteValue CAS CASImpl class featureValue
floatValue longValue lowLevelCas printRefs sofa stringValue type typeIndexId view
label note arguments self xmiID
"""
_TAKEN = frozenset(_USED.split())
"""Names of features that INCEpTION, its types or our layers use for something else."""


def feature_name(written: str) -> str:
    """The name of an attribute's feature, made from its name in ``annotation.conf``."""
    name = written.replace("-", "_")
    return f"{name}_" if name in _TAKEN else name


def flags_of(attributes: Mapping[str, Attribute]) -> dict[str, bool]:
    """Every name that ``annotation.conf`` has for these attributes, and True for flags."""
    return {
        written: attribute.is_flag
        for attribute in attributes.values()
        for written in attribute.written.values()
    }


def type_system(scheme: Scheme) -> TypeSystem:
    """Make the UIMA type system of a scheme."""
    from cassis import TypeSystem

    types = TypeSystem()
    metadata = types.create_type(METADATA, "uima.tcas.DocumentAnnotation")
    for name in ("documentTitle", "documentId"):
        types.create_feature(metadata, name, _STRING)
    for name in (SENTENCE, TOKEN):
        types.create_type(name, _ANNOTATION)
    entity, event, link = (types.create_type(name, _ANNOTATION) for name in (ENTITY, EVENT, LINK))
    for layer in (entity, event, link):
        types.create_feature(layer, "label", _STRING)
    argument = types.create_type(ARGUMENT, "uima.cas.TOP")
    types.create_feature(argument, "role", _STRING)
    types.create_feature(argument, "target", entity)
    types.create_feature(event, "arguments", "uima.cas.FSArray", elementType=argument)
    for layer, attributes in ((entity, scheme.span_attributes), (event, scheme.attributes)):
        for written, is_flag in flags_of(attributes).items():
            name = feature_name(written)
            types.create_feature(layer, name, _BOOLEAN if is_flag else _STRING)
    types.create_feature(event, "note", _STRING)
    for end in (SOURCE, TARGET):
        types.create_feature(link, end, event)
    return types


def layers(scheme: Scheme) -> str:
    """Make the layers with their tag sets as JSON, which INCEpTION imports under "Layers".

    It is the form that INCEpTION's own export of layers has, see its class
    ``ExportedAnnotationLayer``.
    """
    roles = dict.fromkeys(role for named in scheme.roles.values() for role in named)
    arguments = _feature("arguments", ENTITY, tags=roles, tag_set="Event arguments", may_add=True)
    arguments |= {
        "multi_value_mode": "ARRAY",
        "link_mode": "WITH_ROLE",
        "link_type_name": ARGUMENT,
        "link_type_role_feature_name": "role",
        "link_type_target_feature_name": "target",
        # The same filler may have several roles, and a role several fillers.
        "traits": json.dumps({"compareMode": "n-targets-n-roles", "diffMode": "include"}),
    }
    note = _feature("note", _STRING, traits=json.dumps({"multipleRows": True, "dynamicSize": True}))
    found = [
        _layer(ENTITY, scheme.entities, _attributes("Entity", scheme.span_attributes)),
        _layer(
            EVENT, scheme.event_types, [*_attributes("Event", scheme.attributes), arguments, note]
        ),
    ]
    if scheme.links:
        joined = {
            "type": "relation",
            "attach_type": {"name": EVENT},
            "anchoring_mode": "CHARACTERS",
        }
        found.append(_layer(LINK, scheme.links, []) | joined)
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _layer(name: str, labels: Iterable[str], features: Iterable[Json]) -> Json:
    short = name.rpartition(".")[2]
    label = _feature("label", _STRING, tags=labels, tag_set=f"{short} label", required=True)
    return {
        "name": name,
        "uiName": short,
        "type": "span",
        "enabled": True,
        "built_in": False,
        "readonly": False,
        "allow_stacking": True,
        "cross_sentence": True,
        "anchoring_mode": "TOKENS",
        "overlap_mode": "ANY_OVERLAP",
        "validation_mode": "NEVER",
        "lock_to_token_offset": False,
        "multiple_tokens": True,
        "linked_list_behavior": False,
        "features": [
            {**feature, "rank": rank} for rank, feature in enumerate(chain([label], features))
        ],
    }


def _attributes(layer: str, attributes: Mapping[str, Attribute]) -> list[Json]:
    found = []
    for attribute in attributes.values():
        for written in dict.fromkeys(attribute.written.values()):
            name = feature_name(written)
            if attribute.is_flag:
                found.append(_feature(name, _BOOLEAN))
                continue
            bearer = next(b for b, other in attribute.written.items() if other == written)
            tags = attribute.values[bearer]
            found.append(_feature(name, _STRING, tags=tags, tag_set=f"{layer} {name}"))
    return found


def _feature(
    name: str,
    kind: str,
    *,
    tags: Iterable[str] = (),
    tag_set: str | None = None,
    may_add: bool = False,
    required: bool = False,
    traits: str | None = None,
) -> Json:
    listed = {
        "name": tag_set,
        "language": "x-undefined",
        "tags": [{"tag_name": tag} for tag in tags],
        "create_tag": may_add,
    }
    return {
        "name": name,
        "uiName": name,
        "type": kind,
        "tag_set": listed if tag_set else None,
        "enabled": True,
        "visible": True,
        "required": required,
        "multi_value_mode": "NONE",
        "link_mode": "NONE",
        "traits": traits,
    }
