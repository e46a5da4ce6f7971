"""LightGBM's and XGBoost's side of `cargo xtask bench model`.

Reads the tables and splits that the product's side wrote (app/benches/model/tables.rs), and per split: finds the number of
trees by early stopping on one inner fold, fits all training rows with it, predicts the test rows. Predictions are written as
they come and Platt-scaled by the product's rule: on out-of-fold margins of the newest training deals. The figures are computed
elsewhere, by one piece of code for all learners. Prints one JSON line per split and learner.

    python model.py FOLDER THREADS [SET...]
"""

import json
import statistics
import sys
import time
from pathlib import Path

import lightgbm
import numpy
import xgboost

TRAIN, TEST, FOLD_SHIFT = 1, 2, 4
FOLDS = 5
MOST_TREES = 3000
PATIENCE = 50
SINGLE_ROWS = 300
# Fits of small tables are timed this often; the median counts.
FITS, SMALL = 3, 5000


class LightGbm:
    name = "lightgbm"

    def __init__(self, columns, threads):
        self.categories = [place for place, column in enumerate(columns) if column["kind"] == "category"]
        self.params = {"objective": "binary", "learning_rate": 0.05, "num_threads": threads, "seed": 1, "verbose": -1}

    def data(self, x, y, w, reference=None):
        return lightgbm.Dataset(
            x, y, weight=w, categorical_feature=self.categories, reference=reference, params={"verbose": -1}, free_raw_data=False
        )

    def stopped(self, train, valid):
        data = self.data(*train)
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        return lightgbm.train(self.params, data, MOST_TREES, valid_sets=[self.data(*valid, reference=data)], callbacks=[stop])

    def trees(self, model):
        return model.best_iteration

    def fit(self, train, trees):
        return lightgbm.train(self.params, self.data(*train), trees)

    def margin(self, model, x):
        return model.predict(x, raw_score=True)

    def save(self, model, path):
        model.save_model(path)


class XgBoost:
    name = "xgboost"

    def __init__(self, columns, threads):
        self.types = ["c" if column["kind"] == "category" else "q" for column in columns]
        self.params = {
            "objective": "binary:logistic",
            "eval_metric": "logloss",
            "tree_method": "hist",
            "learning_rate": 0.05,
            "nthread": threads,
            "seed": 1,
        }

    def data(self, x, y=None, w=None):
        return xgboost.DMatrix(
            x, y, weight=w, feature_types=self.types, enable_categorical=True, nthread=self.params["nthread"]
        )

    def stopped(self, train, valid):
        evals = [(self.data(*valid), "valid")]
        return xgboost.train(
            self.params, self.data(*train), MOST_TREES, evals=evals, early_stopping_rounds=PATIENCE, verbose_eval=False
        )

    def trees(self, model):
        return model.best_iteration + 1

    def fit(self, train, trees):
        return xgboost.train(self.params, self.data(*train), trees)

    def margin(self, model, x):
        return model.predict(self.data(x), output_margin=True).astype(float)

    def save(self, model, path):
        pass


def sigmoid(margin):
    return 1.0 / (1.0 + numpy.exp(-margin))


def platt(margin, won, weight):
    """Slope and offset by Newton's method, on targets smoothed by the prior (Lin, Lin & Weng 2007), as the product does it."""
    wins, losses = weight[won].sum(), weight[~won].sum()
    target = numpy.where(won, (wins + 1) / (wins + 2), 1 / (losses + 2))
    x = numpy.stack([margin, numpy.ones_like(margin)])
    beta = numpy.array([0.0, numpy.log((wins + 1) / (losses + 1))])

    def loss(beta):
        z = beta @ x
        return (weight * (numpy.logaddexp(0, z) - target * z)).sum()

    present = loss(beta)
    for _ in range(100):
        p = sigmoid(beta @ x)
        gradient = x @ (weight * (p - target))
        hessian = (x * (weight * p * (1 - p))) @ x.T + 1e-9 * numpy.eye(2)
        step = numpy.linalg.solve(hessian, gradient)
        size = 1.0
        while loss(beta - size * step) > present and size > 1e-9:
            size /= 2
        beta = beta - size * step
        before, present = present, loss(beta)
        if before - present < 1e-10 * abs(before):
            break
    return beta


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


class Set:
    def __init__(self, folder):
        self.folder = folder
        self.about = json.loads((folder / "set.json").read_text())
        columns = len(self.about["columns"])
        self.x = numpy.ascontiguousarray(numpy.fromfile(folder / "table.f64").reshape(columns, self.about["rows"]).T)
        self.won = numpy.fromfile(folder / "won.u8", dtype=numpy.uint8).astype(bool)
        self.weight = numpy.fromfile(folder / "weight.f64")

    def rows(self, mask):
        return self.x[mask], self.won[mask].astype(float), self.weight[mask]

    def split(self, place, learner):
        roles = numpy.fromfile(self.folder / f"split-{place}.u8", dtype=numpy.uint8)
        train, test, fold = roles & TRAIN > 0, roles & TEST > 0, roles >> FOLD_SHIFT
        in_fold = lambda n: train & (fold == n)  # noqa: E731

        stopped, search_seconds = timed(lambda: learner.stopped(self.rows(train & (fold != 0)), self.rows(in_fold(0))))
        trees = learner.trees(stopped)
        fits = [timed(lambda: learner.fit(self.rows(train), trees)) for _ in range(FITS if train.sum() < SMALL else 1)]
        model = fits[-1][0]
        margin, batch_seconds = timed(lambda: learner.margin(model, self.x[test]))
        probability = sigmoid(margin)
        probability.astype("<f8").tofile(self.folder / f"{learner.name}-{place}.f64")

        unseen = numpy.zeros(len(roles))
        for n in range(FOLDS):
            held_out = in_fold(n)
            part = learner.fit(self.rows(train & (fold != n)), trees)
            unseen[held_out] = learner.margin(part, self.x[held_out])
        slope, offset = platt(unseen[train], self.won[train], self.weight[train])
        sigmoid(slope * margin + offset).astype("<f8").tofile(self.folder / f"{learner.name}_platt-{place}.f64")

        singles = numpy.flatnonzero(test)[:SINGLE_ROWS]
        single = statistics.median(timed(lambda row=row: learner.margin(model, self.x[row : row + 1]))[1] for row in singles)
        if place == 0:
            learner.save(model, self.folder / "lightgbm.txt")
        return {
            "set": self.about["name"],
            "split": place,
            "learner": learner.name,
            "trees": trees,
            "search_seconds": search_seconds,
            "fit_seconds": statistics.median(seconds for _, seconds in fits),
            "rows_per_second": int(test.sum()) / batch_seconds,
            "single_p50_us": single * 1e6,
        }


def main():
    folder, threads = Path(sys.argv[1]), int(sys.argv[2])
    names = sys.argv[3:] or sorted(path.parent.name for path in folder.glob("*/set.json"))
    for name in names:
        data = Set(folder / name)
        for kind in (LightGbm, XgBoost):
            learner = kind(data.about["columns"], threads)
            for place in range(len(data.about["repeats"])):
                print(json.dumps(data.split(place, learner)), flush=True)


if __name__ == "__main__":
    main()
