"""Croissant 1.0 metadata (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets import Features

_CONTEXT: dict[str, Any] = {
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The standard context of the specification."""

_DATA_TYPES = {"string": "sc:Text", "bool": "sc:Boolean", "int32": "sc:Integer"}


def description(manifest: Mapping[str, Any]) -> str:
    """What the corpus is, as Croissant and the Hub show it.

    With the licence of the texts if they may be published, and the canary if there is one.
    """
    texts = manifest.get("text_licence")
    licence = f"The texts are free, under {texts}." if texts else ""
    return " ".join(filter(None, [manifest["description"], licence, manifest.get("canary")]))


def _licences(manifest: Mapping[str, Any]) -> str | list[str]:
    """The URL of the licence of the annotations, and that of the texts if it is another."""
    annotations, texts = manifest["licence_url"], manifest.get("text_licence")
    if not texts or texts == manifest["licence"]:
        return str(annotations)
    return [annotations, f"https://spdx.org/licenses/{texts}.html"]


def croissant(
    manifest: Mapping[str, Any],
    data: str,
    columns: Mapping[str, Features],
    meanings: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Describe a built dataset, with one record set per task and table.

    A ClassLabel is described as the integer that its Parquet column holds. Columns
    of nested records (as in "events") have no counterpart in Croissant's
    mapping of Parquet columns and are not described.

    Args:
        manifest: manifest of the dataset, with name, licence and version of the corpus.
        data: the directory of the Parquet files, ``data/<task>/*.parquet``.
        columns: the features of each task and table.
        meanings: what columns say, for those where it is known.
    """
    return {
        "@context": {**_CONTEXT, "@language": manifest["language"]},
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": manifest["corpus"],
        "description": description(manifest),
        "license": _licences(manifest),
        "citeAs": f"{manifest['citation']}, version {manifest['version']}",
        "version": manifest["version"],
        "distribution": [
            {
                "@type": "cr:FileSet",
                "@id": f"{task}-files",
                "name": f"{task}-files",
                "encodingFormat": "application/x-parquet",
                "includes": f"{data}/{task}/*.parquet",
            }
            for task in columns
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": task,
                "name": task,
                "field": [
                    field
                    for name, feature in features.items()
                    for field in _field(task, name, feature, meanings[task].get(name))
                ],
            }
            for task, features in columns.items()
        ],
    }


def _field(task: str, name: str, feature: Any, meaning: str | None) -> list[dict[str, Any]]:
    """Describe a column; nothing for columns of nested records."""
    from datasets import ClassLabel, List, Value

    repeated = isinstance(feature, List)
    element = feature.feature if repeated else feature
    if isinstance(element, ClassLabel):
        data_type = "sc:Integer"
    elif isinstance(element, Value):
        data_type = _DATA_TYPES[element.dtype]
    else:
        return []
    field = {
        "@type": "cr:Field",
        "@id": f"{task}/{name}",
        "name": f"{task}/{name}",
        **({"description": meaning} if meaning else {}),
        "dataType": data_type,
        "source": {"fileSet": {"@id": f"{task}-files"}, "extract": {"column": name}},
    }
    return [{**field, "repeated": True} if repeated else field]
