#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pysklearn: a random forest of scikit-learn, with n_jobs."""

import sys

from lib.run import Run, cpus, need, parser


def main():
    par = parser("pysklearn", "a random forest of scikit-learn, grown with n_jobs",
                 "--n-jobs 1: one thread computes while CPUs idle; as many as CPUs: the trees "
                 "grow side by side, for the code that grows them does without the interpreter's "
                 "lock", work=40, workers=cpus(), operation="trees")
    par.add_argument("--n-jobs", type=int, default=1, help="as scikit-learn's; -1: all CPUs")
    par.add_argument("--rows", type=int, default=4000, help="of the data it learns from")
    args = par.parse_args()
    ensemble = need("pysklearn", "sklearn.ensemble", "python3-sklearn")
    datasets = need("pysklearn", "sklearn.datasets", "python3-sklearn")
    data, classes = datasets.make_classification(n_samples=args.rows, n_features=20,
                                                 random_state=1)
    workers = args.n_jobs if args.n_jobs > 0 else cpus()
    run = Run("pysklearn", workers)
    forest = ensemble.RandomForestClassifier(n_estimators=args.work, n_jobs=args.n_jobs,
                                             random_state=1)
    forest.fit(data, classes)
    run.finish(args.work, int(forest.predict(data).sum()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
