"""A LightGBM model behind FastAPI: features in, one probability out, at /explain with the five strongest contributions.

Serves the model that model.py left in FOLDER (lightgbm.txt, set.json).

    python serve_lightgbm.py FOLDER PORT WORKERS     serve
    python serve_lightgbm.py FOLDER --requests N     print N request bodies, one a line, of rows of the table
"""

import json
import os
import sys
from pathlib import Path

import lightgbm
import numpy
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Deal(BaseModel):
    features: dict[str, float | str | None]


class Answer(BaseModel):
    probability: float
    contributions: dict[str, float] | None = None


def columns_of(folder):
    return json.loads((folder / "set.json").read_text())["columns"]


def create_app():
    folder = Path(os.environ["BENCH_MODEL_FOLDER"])
    model = lightgbm.Booster(model_file=folder / "lightgbm.txt")
    columns = columns_of(folder)
    names = [column["name"] for column in columns]
    levels = [{text: code for code, text in enumerate(column.get("levels", []))} for column in columns]
    app = FastAPI()

    def row_of(deal):
        row = numpy.full((1, len(names)), numpy.nan)
        for place, name in enumerate(names):
            value = deal.features.get(name)
            if isinstance(value, str):
                value = levels[place].get(value)
            if value is not None:
                row[0, place] = value
        return row

    # Prediction computes for less than a millisecond: a thread pool would only cost.
    @app.post("/score")
    async def score(deal: Deal) -> Answer:
        return Answer(probability=float(model.predict(row_of(deal), num_threads=1)[0]))

    # What our server answers with as well: the probability, and what it is made of (TreeSHAP).
    @app.post("/explain")
    async def explain(deal: Deal) -> Answer:
        parts = model.predict(row_of(deal), pred_contrib=True, num_threads=1)[0]
        strongest = numpy.argsort(-numpy.abs(parts[:-1]))[:5]
        probability = 1 / (1 + numpy.exp(-parts.sum()))
        return Answer(probability=float(probability), contributions={names[n]: float(parts[n]) for n in strongest})

    return app


def print_requests(folder, count):
    columns = columns_of(folder)
    rows = json.loads((folder / "set.json").read_text())["rows"]
    table = numpy.fromfile(folder / "table.f64").reshape(len(columns), rows)
    for row in range(min(count, rows)):
        features = {}
        for column, values in zip(columns, table):
            value = values[row]
            if not numpy.isnan(value):
                features[column["name"]] = column["levels"][int(value)] if column["kind"] == "category" else float(value)
        print(json.dumps({"features": features}))


if __name__ == "__main__":
    source = Path(sys.argv[1])
    if sys.argv[2] == "--requests":
        print_requests(source, int(sys.argv[3]))
    else:
        os.environ["BENCH_MODEL_FOLDER"] = str(source)
        uvicorn.run(
            "serve_lightgbm:create_app",
            factory=True,
            app_dir=str(Path(__file__).parent),
            host="127.0.0.1",
            port=int(sys.argv[2]),
            workers=int(sys.argv[3]),
            log_level="warning",
            access_log=False,
        )
