"""Collections from the layers as they are, until geo.features lands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import shapely

from geo.atlas import Atlas
from geo.board import Board, layer_frame
from geo.geojson import dumps, geometries, records
from geo.layers.registry import LAYERS, layer
from geo.layers.spec import ColumnKind, LayerSpec, public
from geo import crs as systems
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CRS = {CRS84: "EPSG:4326", **{f"http://www.opengis.net/def/crs/EPSG/0/{n}": f"EPSG:{n}" for n in (4326,4490,4546,4525,3857)}}

@dataclass(frozen=True)
class Queryable:
    name: str
    title_zh: str
    title_en: str
    type: str
    unit: str | None = None
    enum: tuple = ()
    format: str | None = None

@dataclass(frozen=True)
class CollectionInfo:
    id: str
    title_zh: str
    title_en: str
    description_zh: str
    description_en: str
    kind: str
    bbox: tuple | None
    interval: tuple
    storage_crs: str
    count: int
    queryables: tuple
    key: str = ""

@dataclass
class Query:
    limit: int = 10
    bbox: tuple | None = None
    crs: str = CRS84
    after: int = 0

@dataclass
class Page:
    features: list
    number_matched: int
    next: str | None

def _q(spec):
    types={ColumnKind.INTEGER:"integer",ColumnKind.LEVEL:"integer",ColumnKind.NUMBER:"number",ColumnKind.BOOLEAN:"boolean"}
    for c in spec.columns:
        if spec.key==c.name and not spec.is_table: yield Queryable("geometry","几何","geometry","geometry",None,(),"geometry-any")
        if not c.restricted:
            yield Queryable(c.name,c.title_zh,c.title_en,types.get(c.kind,"string"),None,tuple(str(t) for t in c.vocabulary or ()) if c.kind is ColumnKind.TERM else (), {ColumnKind.DATE:"date",ColumnKind.INSTANT:"date-time"}.get(c.kind))

def collections(atlas, board, at):
    out=[]
    for spec in LAYERS.values():
        frame=layer_frame(atlas,board,spec.name)
        box=None if spec.is_table or frame.empty else tuple(float(x) for x in frame.total_bounds)
        out.append(CollectionInfo(spec.name,spec.title_zh,spec.title_en,spec.title_zh,spec.title_en,"layer",box,(None,None),CRS84,len(frame),tuple(_q(spec)),spec.key))
    return tuple(sorted(out,key=lambda i:i.bbox is None))

def infos(served):
    return collections(served.atlas,served.board,served.now())
def feature_set(served,id):
    return FeatureSet(LAYERS[id],layer_frame(served.atlas,served.board,id))

class FeatureSet:
    def __init__(self, spec, frame):
        self.ids=[str(x) for x in frame[spec.key]]
        self.records=records(public(frame,spec))
        self.shapes=np.full(len(frame),None) if spec.is_table else frame.geometry.values
    def select(self,q):
        idx=np.arange(len(self.ids))
        if q.bbox: idx=idx[shapely.intersects(np.asarray(self.shapes),shapely.box(*q.bbox))]
        take=idx[q.after:q.after+q.limit]
        shapes=np.asarray(self.shapes)[take]
        name=CRS[q.crs]
        shapes=systems.to_crs(shapes,name) if q.crs!=CRS84 else shapes
        if q.crs!=CRS84 and systems.latitude_first(name): shapes=shapely.transform(shapes,lambda xy: xy[:,::-1])
        geoms=geometries(shapes)
        feats=[{"type":"Feature","id":self.ids[i],"geometry":g,"properties":self.records[i]} for i,g in zip(take,geoms)]
        return Page(feats,len(idx),str(q.after+q.limit) if q.after+q.limit<len(idx) else None)
