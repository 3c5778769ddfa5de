"""The CS231n spellings: the course's published numbers, loops against the fast path, its dictionaries and caches.

Published numbers: the arrays named `correct_out`, `expected_*` in the notebooks of CS231n assignment 2
(FullyConnectedNets.ipynb, ConvolutionalNetworks.ipynb, 2017 to 2025), on inputs made with np.linspace.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

import cnnlab.conventions.cs231n as cs
from cnnlab.gradcheck import relative_error
from cnnlab.shapes import ShapeError
from tests import cases

Array = NDArray[Any]


def _line(low: float, high: float, *shape: int) -> Array:
    return np.linspace(low, high, int(np.prod(shape))).reshape(shape)


def test_every_name_of_the_course_is_there() -> None:
    for name in cs.__all__:
        assert callable(getattr(cs, name))
    assert len(set(cs.__all__)) == len(cs.__all__)


def test_affine_published() -> None:
    x, w, b = _line(-0.1, 0.5, 2, 4, 5, 6), _line(-0.2, 0.3, 120, 3), np.linspace(-0.3, 0.1, 3)
    out, cache = cs.affine_forward(x, w, b)
    assert_allclose(out, [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]], rtol=1e-8)
    assert cache[0] is x
    assert [d.shape for d in cs.affine_backward(out, cache)] == [x.shape, w.shape, b.shape]


@pytest.mark.parametrize("forward", [cs.conv_forward_naive, cs.conv_forward_fast])
def test_convolution_published(forward: Any) -> None:
    x, w, b = _line(-0.1, 0.5, 2, 3, 4, 4), _line(-0.2, 0.3, 3, 3, 4, 4), np.linspace(-0.1, 0.2, 3)
    out, cache = forward(x, w, b, {"stride": 2, "pad": 1})
    want = [
        [[-0.08759809, -0.10987781, -0.18387192, -0.2109216], [0.21027089, 0.21661097, 0.22847626, 0.23004637],
         [0.50813986, 0.54309974, 0.64082444, 0.67101435]],
        [[-0.98053589, -1.03143541, -1.19128892, -1.24695841], [0.69108355, 0.66880383, 0.59480972, 0.56776003],
         [2.36270298, 2.36904306, 2.38090835, 2.38247847]],
    ]  # fmt: skip
    assert_allclose(out.reshape(2, 3, 4), want, rtol=1e-6)
    assert all(kept is given for kept, given in zip(cache, (x, w, b), strict=False))
    assert cache[3] == {"stride": 2, "pad": 1}


@pytest.mark.parametrize("forward", [cs.max_pool_forward_naive, cs.max_pool_forward_fast])
def test_max_pool_published(forward: Any) -> None:
    out, _ = forward(_line(-0.3, 0.4, 2, 3, 4, 4), {"pool_width": 2, "pool_height": 2, "stride": 2})
    want = [
        [[-0.26315789, -0.24842105, -0.20421053, -0.18947368], [-0.14526316, -0.13052632, -0.08631579, -0.07157895],
         [-0.02736842, -0.01263158, 0.03157895, 0.04631579]],
        [[0.09052632, 0.10526316, 0.14947368, 0.16421053], [0.20842105, 0.22315789, 0.26736842, 0.28210526],
         [0.32631579, 0.34105263, 0.38526316, 0.4]],
    ]  # fmt: skip
    assert_allclose(out.reshape(2, 3, 4), want, rtol=1e-6)


def test_update_rules_published() -> None:
    w, dw = _line(-0.4, 0.6, 4, 5), _line(-0.6, 0.4, 4, 5)
    next_w, config = cs.sgd_momentum(w, dw, {"learning_rate": 1e-3, "velocity": _line(0.6, 0.9, 4, 5)})
    assert_allclose(next_w[0], [0.1406, 0.20738947, 0.27417895, 0.34096842, 0.40775789], rtol=1e-7)
    assert_allclose(next_w[3], [1.14244211, 1.20923158, 1.27602105, 1.34281053, 1.4096], rtol=1e-7)
    assert_allclose(config["velocity"][0], [0.5406, 0.55475789, 0.56891579, 0.58307368, 0.59723158], rtol=1e-7)

    next_w, config = cs.rmsprop(w, dw, {"learning_rate": 1e-2, "cache": _line(0.6, 0.9, 4, 5)})
    assert_allclose(next_w[0], [-0.39223849, -0.34037513, -0.28849239, -0.23659121, -0.18467247], rtol=1e-7)
    assert_allclose(config["cache"][0], [0.5976, 0.6126277, 0.6277108, 0.64284931, 0.65804321], rtol=1e-7)

    given = {"learning_rate": 1e-2, "m": _line(0.6, 0.9, 4, 5), "v": _line(0.7, 0.5, 4, 5), "t": 5}
    next_w, config = cs.adam(w, dw, given)
    assert_allclose(next_w[0], [-0.40094747, -0.34836187, -0.29577703, -0.24319299, -0.19060977], rtol=1e-6)
    assert_allclose(next_w[3], [0.38774145, 0.44031188, 0.49288093, 0.54544852, 0.59801459], rtol=1e-6)
    assert config["t"] == 6


def test_update_rules_fill_in_a_fresh_config_and_leave_w_alone() -> None:
    w, dw = cases.images((3, 2)), cases.images((3, 2), 1)
    before = w.copy()
    for rule, remembers in (
        (cs.sgd, set()),
        (cs.sgd_momentum, {"velocity"}),
        (cs.rmsprop, {"cache"}),
        (cs.adam, {"m", "v", "t"}),
    ):
        next_w, config = rule(w, dw)
        assert remembers | {"learning_rate"} <= set(config)
        assert next_w.shape == w.shape
        assert not np.allclose(next_w, w)
        assert_array_equal(w, before)
    with pytest.raises(ValueError, match=r"^config: got the unknown key 'lr'"):
        cs.sgd(w, dw, {"lr": 0.1})
    with pytest.raises(ShapeError, match=r"^dw: got \(2,\), wanted \(3, 2\)"):
        cs.adam(w, dw[0])


_CONV = {"stride": 2, "pad": 1}
_POOL = {"pool_height": 2, "pool_width": 3, "stride": 2}


@pytest.mark.parametrize("conv_param", [{"stride": 1, "pad": 0}, _CONV, {"stride": 3, "pad": 2}])
def test_convolution_loops_equal_fast(conv_param: dict[str, int]) -> None:
    x, w, b = cases.images((2, 3, 7, 6), 1), cases.images((4, 3, 3, 2), 2), cases.images((4,), 3)
    slow, slow_cache = cs.conv_forward_naive(x, w, b, conv_param)
    fast, fast_cache = cs.conv_forward_fast(x, w, b, conv_param)
    assert_allclose(slow, fast, rtol=1e-10, atol=1e-12)
    dout = cases.images(fast.shape, 4)
    want = cs.conv_backward_naive(dout, slow_cache)
    for cache in (slow_cache, fast_cache):
        for a, b_ in zip(cs.conv_backward_fast(dout, cache), want, strict=True):
            assert a is not None
            assert_allclose(a, b_, rtol=1e-10, atol=1e-12)
    dx, dw, _ = cs.conv_backward_fast(dout, fast_cache, need_dx=False)
    assert dx is None
    assert_allclose(dw, want[1], rtol=1e-10)


@pytest.mark.parametrize("fill", [cases.images, cases.tied])
def test_max_pool_loops_equal_fast(fill: Any) -> None:
    x = fill((2, 3, 6, 7), 1)
    slow, slow_cache = cs.max_pool_forward_naive(x, _POOL)
    fast, fast_cache = cs.max_pool_forward_fast(x, _POOL)
    assert_array_equal(slow, fast)
    dout = cases.images(fast.shape, 4)
    want = cs.max_pool_backward_naive(dout, slow_cache)
    assert_allclose(cs.max_pool_backward_fast(dout, fast_cache), want)
    assert_allclose(cs.max_pool_backward_fast(dout, slow_cache), want)


def _agrees(forward: Any, backward: Any, *arrays: Array) -> None:
    """Backward, in the course's way: eval_numerical_gradient_array perturbs each array in place."""
    out, cache = forward(*arrays)
    dout = cases.images(out.shape, 9)
    for a, analytic in zip(arrays, backward(dout, cache), strict=True):
        measured = cs.eval_numerical_gradient_array(lambda _: forward(*arrays)[0], a, dout)
        assert cs.rel_error(measured, analytic) < 1e-6


def test_gradients() -> None:
    x, w, b = cases.images((2, 3, 6, 5), 1), cases.images((4, 3, 3, 3), 2), cases.images((4,), 3)
    conv, pool = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 2, "stride": 2}
    gamma, beta = cases.images((4,), 5), cases.images((4,), 6)
    _agrees(lambda *a: cs.conv_relu_forward(*a, conv), cs.conv_relu_backward, x, w, b)
    _agrees(lambda *a: cs.conv_relu_pool_forward(*a, conv, pool), cs.conv_relu_pool_backward, x, w, b)
    bn = lambda *a: cs.conv_bn_relu_forward(*a, conv, {"mode": "train"})  # noqa: E731
    out, cache = bn(x, w, b, gamma, beta)
    for a, analytic in zip(
        (x, w, gamma, beta), np.array(cs.conv_bn_relu_backward(out, cache), object)[[0, 1, 3, 4]], strict=True
    ):
        measured = cs.eval_numerical_gradient_array(lambda _: bn(x, w, b, gamma, beta)[0], a, out)
        assert_allclose(analytic, measured, rtol=1e-5, atol=1e-6)
    rows, weights = cases.images((4, 2, 3), 1), cases.images((6, 5), 2)
    _agrees(cs.affine_relu_forward, cs.affine_relu_backward, rows, weights, cases.images((5,), 3))
    _agrees(lambda a: cs.relu_forward(a), lambda d, c: (cs.relu_backward(d, c),), rows)
    features = cases.images((4, 5), 1)
    scale, shift = cases.images((5,), 2), cases.images((5,), 3)
    for backward in (cs.batchnorm_backward, cs.batchnorm_backward_alt):
        _agrees(lambda *a: cs.batchnorm_forward(*a, {"mode": "train"}), backward, features, scale, shift)
    _agrees(lambda *a: cs.layernorm_forward(*a, {}), cs.layernorm_backward, features, scale, shift)
    pictures = cases.images((2, 4, 3, 2), 1)
    _agrees(
        lambda *a: cs.spatial_batchnorm_forward(*a, {"mode": "train"}),
        cs.spatial_batchnorm_backward,
        pictures,
        gamma,
        beta,
    )
    wide, wide_beta = gamma.reshape(1, 4, 1, 1), beta.reshape(1, 4, 1, 1)
    _agrees(
        lambda *a: cs.spatial_groupnorm_forward(*a, 2, {}), cs.spatial_groupnorm_backward, pictures, wide, wide_beta
    )


@pytest.mark.parametrize(
    ("forward", "shape"), [(cs.batchnorm_forward, (50, 3)), (cs.spatial_batchnorm_forward, (5, 3, 4, 6))]
)
def test_batchnorm_running_statistics(forward: Any, shape: tuple[int, ...]) -> None:
    axes = (0, *range(2, len(shape)))
    bn_param: dict[str, Any] = {"mode": "train"}
    mean, var = np.zeros(3), np.zeros(3)
    for seed in range(4):
        x = 3 * cases.images(shape, seed) + 5
        out, _ = forward(x, np.ones(3), np.zeros(3), bn_param)
        assert_allclose(out.mean(axes), 0, atol=1e-10)
        assert_allclose(out.std(axes), 1, atol=1e-4)
        mean, var = 0.9 * mean + 0.1 * x.mean(axes), 0.9 * var + 0.1 * x.var(axes)  # 0.9 of the old; biased
    assert_allclose(bn_param["running_mean"], mean)
    assert_allclose(bn_param["running_var"], var)
    bn_param["mode"] = "test"
    out, cache = forward(x, np.full(3, 2.0), np.full(3, 7.0), bn_param)
    wide = (1, 3) + (1,) * (len(shape) - 2)
    assert_allclose(out, 2 * (x - mean.reshape(wide)) / np.sqrt(var.reshape(wide) + 1e-5) + 7)
    assert cache is None
    assert_allclose(bn_param["running_mean"], mean)
    with pytest.raises(ValueError, match=r"^cache: got None, .*bn_param\['mode'\] = 'train'"):
        cs.batchnorm_backward(out, cache)


def test_dropout_keeps_p_and_follows_the_seed() -> None:
    x = cases.images((300, 300)) + 10
    for p in (0.25, 0.7, 1.0):
        param = {"mode": "train", "p": p, "seed": 7}
        out, cache = cs.dropout_forward(x, param)
        assert_allclose((out != 0).mean(), p, atol=0.01)
        assert_allclose(out.mean(), x.mean(), rtol=0.02)
        assert_array_equal(out, cs.dropout_forward(x, param)[0])
        assert_array_equal(cs.dropout_backward(x, cache), out)
        np.random.seed(7)  # noqa: NPY002 (what the course's code does)
        assert_array_equal(out != 0, np.random.rand(*x.shape) < p)  # noqa: NPY002
    out, cache = cs.dropout_forward(x, {"mode": "test", "p": 0.3})
    assert_array_equal(out, x)
    assert_array_equal(cs.dropout_backward(x, cache), x)


def test_losses() -> None:
    np.random.seed(231)  # noqa: NPY002 (FullyConnectedNets.ipynb: "loss should be close to 9" and "2.3")
    x, y = 0.001 * np.random.randn(50, 10), np.random.randint(10, size=50)  # noqa: NPY002
    for loss_function, about in ((cs.svm_loss, 9.0), (cs.softmax_loss, np.log(10))):
        loss, dx = loss_function(x, y)
        assert_allclose(loss, about, rtol=1e-3)
        measured = cs.eval_numerical_gradient(lambda a, f=loss_function: f(a, y)[0], x, verbose=False)  # type: ignore[misc]
        assert cs.rel_error(measured, dx) < 1e-6


def test_numeric_gradients_see_a_change_in_place_and_restore_it(capsys: pytest.CaptureFixture[str]) -> None:
    params = {"w": cases.images((3, 4))}
    before = params["w"].copy()
    measured = cs.eval_numerical_gradient(lambda _: np.sum(params["w"] ** 3), params["w"])
    assert_allclose(measured, 3 * before**2, rtol=1e-7)
    assert len(capsys.readouterr().out.splitlines()) == 12
    cs.grad_check_sparse(lambda w: np.sum(w**3), params["w"], 3 * before**2, num_checks=5)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all(float(line.split()[-1]) < 1e-6 for line in lines)
    assert_array_equal(params["w"], before)


def _net(**settings: Any) -> cs.ThreeLayerConvNet:
    np.random.seed(3)  # noqa: NPY002
    return cs.ThreeLayerConvNet(
        **{"input_dim": (2, 6, 5), "num_filters": 3, "filter_size": 3, "hidden_dim": 7, "num_classes": 4, **settings}
    )


def test_three_layer_net_starts_at_log_classes() -> None:
    X, y = cases.images((5, 3, 32, 32), 1), np.array([0, 3, 9, 1, 2])
    net = cs.ThreeLayerConvNet()
    loss, _ = net.loss(X, y)
    assert_allclose(loss, np.log(10), rtol=1e-3)
    net.reg = 0.5
    assert net.loss(X, y)[0] > loss
    assert repr(net) == "ThreeLayerConvNet: 825046 parameters"


def test_three_layer_net_gradients() -> None:
    net = _net(reg=0.3, weight_scale=0.3, dtype=np.float64)
    for b in ("b1", "b2", "b3"):
        net.params[b] += cases.images(net.params[b].shape, 8)
    X, y = cases.images((3, 2, 6, 5), 1), np.array([0, 3, 1])
    _, grads = net.loss(X, y)
    for name, p in net.params.items():
        measured = cs.eval_numerical_gradient(lambda _: net.loss(X, y)[0], p, verbose=False)
        assert_allclose(grads[name], measured, rtol=1e-5, atol=1e-7, err_msg=name)
    assert net.loss(X).shape == (3, 4)


def test_three_layer_net_keeps_its_dtype() -> None:
    net = _net()
    scores = net.loss(cases.images((3, 2, 6, 5)))
    _, grads = net.loss(cases.images((3, 2, 6, 5)), np.array([0, 1, 2]))
    assert {scores.dtype, *(g.dtype for g in grads.values())} == {np.dtype(np.float32)}


def _data() -> dict[str, Array]:
    y = np.arange(60) % 4
    X = 0.3 * cases.images((60, 2, 6, 5), 1, "float32")
    for i, label in enumerate(y):
        X[i, label // 2, 3 * (label % 2) : 3 * (label % 2) + 3] += 2  # a bright half of one channel
    return {"X_train": X[:40], "y_train": y[:40], "X_val": X[40:], "y_val": y[40:]}


def test_solver_overfits_a_few_and_keeps_the_best(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    net = _net(weight_scale=0.1)
    solver = cs.Solver(
        net,
        _data(),
        update_rule="adam",
        optim_config={"learning_rate": 1e-2},
        lr_decay=0.95,
        num_epochs=15,
        batch_size=10,
        print_every=20,
        checkpoint_name=str(tmp_path / "run"),
    )
    assert repr(solver) == "Solver: adam, epoch 0 of 15"
    solver.train()
    assert len(solver.loss_history) == 60
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 16  # once at the start, then per epoch
    assert solver.train_acc_history[-1] > 0.9
    assert solver.best_val_acc == max(solver.val_acc_history)
    assert net.params is solver.best_params
    assert solver.check_accuracy(solver.X_val, solver.y_val) == solver.best_val_acc
    assert solver.optim_configs["W1"]["learning_rate"] == pytest.approx(1e-2 * 0.95**15)
    out = capsys.readouterr().out
    assert "(Iteration 1 / 60) loss:" in out
    assert "(Epoch 15 / 15) train acc:" in out
    with np.load(tmp_path / "run_epoch_15.npz") as saved:
        assert set(net.params) < set(saved.files)


def test_solver_leaves_no_half_checkpoint_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    solver = cs.Solver(_net(), _data(), num_epochs=1, verbose=False, checkpoint_name=str(tmp_path / "run"))
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match=r"run_epoch_1.npz, which .* free some space"):
            solver.train()
    assert list(tmp_path.iterdir()) == []
    cs.Solver(_net(), _data(), num_epochs=1, verbose=False, checkpoint_name=str(tmp_path / "run")).train()
    assert [path.name for path in tmp_path.iterdir()] == ["run_epoch_1.npz"]


def test_solver_takes_the_whole_dictionary_of_the_notebooks() -> None:
    data = {**_data(), "X_test": np.ones(1), "y_test": np.ones(1)}  # as get_CIFAR10_data returns it
    cs.Solver(_net(), data, num_epochs=1, batch_size=20, verbose=False).train()


def test_solver_names_a_gradient_that_is_missing_or_misshapen() -> None:
    class Forgetful:
        params: ClassVar = {"W": np.ones((2, 3)), "b": np.ones(3)}

        def loss(self, X: Array, y: Array) -> tuple[float, dict[str, Array]]:
            return 1.0, self.grads

        grads: ClassVar[dict[str, Array]] = {"W": np.ones((2, 3))}

    with pytest.raises(ValueError, match=r"^model: got no gradient of 'b' .*Add grads\['b'\]"):
        cs.Solver(Forgetful(), _data(), verbose=False).train()
    Forgetful.grads = {"W": np.ones((3, 2)), "b": np.ones(3)}
    with pytest.raises(ShapeError, match=r"^grads\['W'\]: got \(3, 2\), wanted \(2, 3\)"):
        cs.Solver(Forgetful(), _data(), verbose=False).train()


def test_solver_is_quiet_and_names_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    cs.Solver(_net(), _data(), num_epochs=1, batch_size=10, verbose=False, num_train_samples=5).train()
    assert capsys.readouterr().out == ""
    with pytest.raises(ValueError, match=r"^update_rule: got 'adagrad', wanted one of adam"):
        cs.Solver(_net(), _data(), update_rule="adagrad")
    with pytest.raises(ValueError, match=r"unknown key 'learning_rate'"):
        cs.Solver(_net(), _data(), learning_rate=1)
    with pytest.raises(TypeError, match=r"^optim_config: got NoneType"):
        cs.Solver(_net(), _data(), optim_config=None)
    with pytest.raises(TypeError, match=r"^optim_config: got int, wanted a dictionary\. Pass optim_config=\{\}"):
        cs.Solver(_net(), _data(), optim_config=3)
    with pytest.raises(TypeError, match=r"^data: got int, wanted a dictionary with the keys 'X_train', "):
        cs.Solver(_net(), 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^optim_config: got the unknown key 'lr'"):
        cs.Solver(_net(), _data(), optim_config={"lr": 1}, batch_size=10).train()
    with pytest.raises(FileNotFoundError, match=r"^checkpoint_name: got nowhere/net, .*Create the folder nowhere"):
        cs.Solver(_net(), _data(), checkpoint_name="nowhere/net")
    with pytest.raises(TypeError, match=r"^lr_decay: got '0.9', wanted a number"):
        cs.Solver(_net(), _data(), lr_decay="0.9")
    for setting in ("batch_size", "print_every", "num_train_samples", "num_val_samples"):
        with pytest.raises(ValueError, match=rf"^{setting}: got 0, wanted a whole number, at least 1"):
            cs.Solver(_net(), _data(), **{setting: 0})
    with pytest.raises(ShapeError, match=r"^data: got 40 pictures in 'X_train' and 39 labels"):
        cs.Solver(_net(), {**_data(), "y_train": _data()["y_train"][1:]})
    with pytest.raises(TypeError, match=r"^data: got NoneType"):
        cs.Solver(_net(), None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^data: got no 'y_val'"):
        cs.Solver(_net(), {k: v for k, v in _data().items() if k != "y_val"})


X, W, B, ONES = np.ones((2, 3, 5, 6)), np.ones((4, 3, 3, 3)), np.ones(4), np.ones(3)


@pytest.mark.parametrize("forward", [cs.conv_forward_naive, cs.conv_forward_fast])
@pytest.mark.parametrize(
    ("x", "param", "error", "message"),
    [
        (X, {"stride": 1}, ValueError, r"^conv_param: got no 'pad'.*Add conv_param\['pad'\]"),
        (X, {"stride": 1, "pad": 0, "padd": 1}, ValueError, r"^conv_param: got the unknown key 'padd'"),
        (X, None, TypeError, r"^conv_param: got NoneType"),
        (X, {"stride": 0, "pad": 0}, ShapeError, r"^conv_param\['stride'\]: got 0.*Choose conv_param\['stride'\] ≥ 1"),
        (X, {"stride": 1, "pad": -1}, ShapeError, r"^conv_param\['pad'\]: got -1"),
        (X[:, :, :2], {"stride": 1, "pad": 0}, ShapeError, r"^w: got a window of 3 on 2 rows .*or pad by at least 1"),
        (X[0], {"stride": 1, "pad": 0}, ShapeError, r"^x: got 3 axes"),
        (X[:, :1], {"stride": 1, "pad": 0}, ShapeError, r"^w: got filters 3 channels deep"),
    ],
)
def test_convolution_names_bad_input(forward: Any, x: Array, param: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        forward(x, W, B, param)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cs.max_pool_forward_naive(X, {"pool_height": 2, "stride": 2}), r"^pool_param: got no 'pool_width'"),
        (lambda: cs.max_pool_forward_fast(X, {"pool_height": 2, "stride": 2}), r"^pool_param: got no 'pool_width'"),
        (
            lambda: cs.batchnorm_forward(X[:, :, 0, 0], np.ones(3), np.ones(3), {"mode": "eval"}),
            r"\['mode'\]: got 'eval'",
        ),
        (
            lambda: cs.batchnorm_forward(X[:, :, 0, 0], np.ones(3), np.ones(3), {"mode": "train", "momentum": 2}),
            r"got 2",
        ),
        (lambda: cs.batchnorm_forward(X[:, :, 0, 0], np.ones(3), np.ones(3), {}), r"^bn_param: got no 'mode'"),
        (
            lambda: cs.dropout_forward(X, {"p": 0, "mode": "train"}),
            r"^dropout_param\['p'\]: got 0.*dropout_param\['p'\]=0\.8",
        ),
        (lambda: cs.dropout_forward(X, {"p": 0.5, "mode": "on"}), r"^dropout_param\['mode'\]: got 'on'"),
        (lambda: cs.layernorm_forward(X[:, :, 0, 0], np.ones(3), np.ones(3), {"epsilon": 1}), r"unknown key 'epsilon'"),
        (lambda: cs.spatial_groupnorm_forward(X, np.ones(3), np.ones(3), 2, {}), r"^G: got 2 .*one of \[1, 3\]"),
        (lambda: cs.spatial_groupnorm_forward(X, np.ones(3), np.ones(3), 3 / 3, {}), r"^G: got 1.0 .*one of \[1, 3\]"),  # type: ignore[arg-type]
        (lambda: cs.ThreeLayerConvNet(input_dim=(3, 32)), r"^input_dim: got \(3, 32\), wanted \(C, H, W\)"),  # type: ignore[arg-type]
        (lambda: cs.ThreeLayerConvNet(input_dim=32), r"^input_dim: got 32, wanted .* Write input_dim=\(3, 32, 32\)"),  # type: ignore[arg-type]
        (lambda: cs.ThreeLayerConvNet(weight_scale=-1), r"^weight_scale: got -1, .* Write weight_scale=1e-3"),
        (lambda: cs.ThreeLayerConvNet(reg=None), r"^reg: got None, wanted a number, at least 0"),  # type: ignore[arg-type]
        (
            lambda: cs.dropout_forward(X, {"p": 0.5, "mode": "train", "seed": "seven"}),
            r"^dropout_param\['seed'\]: got 'seven', wanted a whole number from 0 to 2³² − 1",
        ),
        (lambda: cs.ThreeLayerConvNet(num_filters=0), r"^num_filters: got 0, wanted a whole number, at least 1"),
        (
            lambda: cs.sgd_momentum(ONES, ONES, {"velocity": np.ones(2)}),
            r"^config\['velocity'\]: got \(2,\), wanted \(3,\)",
        ),
        (lambda: cs.conv_backward_naive(X, (X, W, B, _CONV)), r"^dout: got .*conv_forward_naive"),
        (lambda: cs.max_pool_backward_naive(X, (X, _POOL)), r"^dout: got .*max_pool_forward_naive"),
        (lambda: cs.conv_backward_fast(X, (X, W, B, _CONV)), r"^dout: got .*conv_forward_fast\."),
        (lambda: cs.max_pool_backward_fast(X, (X, _POOL)), r"^dout: got .*max_pool_forward_fast\."),
        (lambda: cs.affine_backward(X, (X, np.ones((90, 2)), np.ones(2))), r"^dout: got .*affine_forward\."),
        (lambda: cs.relu_backward(X[0], X), r"^dout: got .*relu_forward\."),
        (lambda: cs.dropout_backward(X[0], cs.dropout_forward(X, {"p": 0.5, "mode": "train"})[1]), r"^dout: got \(3, "),
        (lambda: cs.max_pool_forward_fast(X, {**_POOL, "pool_height": 9}), r"^pool_param\['pool_height'\]: got a win"),
        (
            lambda: cs.max_pool_forward_naive(X, {**_POOL, "pool_width": 9}),
            r"^pool_param\['pool_width'\]: got a window",
        ),
        (lambda: cs.max_pool_forward_fast(X, {**_POOL, "pool_width": 0}), r"^pool_param\['pool_width'\]: got 0"),
        (lambda: cs.max_pool_forward_naive(X, {**_POOL, "stride": 0}), r"^pool_param\['stride'\]: got 0"),
        (lambda: cs.softmax_loss(X[:, :, 0, 0], [0, 3]), r"^y: got 3 for example 1, wanted 0 to 2"),
        (lambda: cs.svm_loss(X[:, :, 0, 0], np.ones((2, 3), int)), r"^y: got shape .*pass y\.argmax\(1\)"),
        (
            lambda: cs.batchnorm_forward(
                X[:, :, 0, 0], np.ones(3), np.ones(3), {"mode": "train", "running_mean": np.ones(2)}
            ),
            r"^bn_param\['running_mean'\]: got shape \(2,\), wanted \(3,\)",
        ),
        (
            lambda: cs.spatial_batchnorm_forward(X, np.ones(3), np.ones(3), {"mode": "test", "eps": -1}),
            r"^bn_param\['eps'\]: got -1",
        ),
    ],
)
def test_other_bad_input_is_named(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_norms_without_a_batch_take_the_mode_the_notebooks_pass() -> None:
    x, mode = cases.images((2, 6, 4, 5)), {"mode": "train"}
    out, _ = cs.layernorm_forward(x[:, :, 0, 0], np.ones(6), np.zeros(6), mode)
    assert_array_equal(out, cs.layernorm_forward(x[:, :, 0, 0], np.ones(6), np.zeros(6), {})[0])
    out, _ = cs.spatial_groupnorm_forward(x, np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1)), 2, mode)
    assert_allclose(out.reshape(4, -1).mean(1), 0, atol=1e-12)


def test_rel_error_takes_numbers_and_arrays() -> None:
    assert cs.rel_error(1.0, 1.0) == 0
    assert cs.rel_error(np.ones((1, 3)), np.ones(3)) == relative_error([0.0], [0.0])
    with pytest.raises(ShapeError, match=r"^y: got shape \(4,\), wanted \(3,\)"):
        cs.rel_error(np.ones(3), np.ones(4))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cs.conv_forward_naive(X, W, None, _CONV), r"^b: got None, .*np\.zeros\(len\(w\)\)"),  # type: ignore[arg-type]
        (lambda: cs.conv_forward_fast(X, W, None, _CONV), r"^b: got None"),  # type: ignore[arg-type]
        (lambda: cs.dropout_forward(X, {"p": None, "mode": "train"}), r"^dropout_param\['p'\]: got None, wanted a num"),
        (
            lambda: cs.batchnorm_forward(X[:, :, 0, 0], np.ones(3), np.ones(3), {"mode": "train", "momentum": "0.9"}),
            r"^bn_param\['momentum'\]: got '0.9', wanted a number",
        ),
        (
            lambda: cs.adam(ONES, ONES, {"learning_rate": "1e-3"}),
            r"^config\['learning_rate'\]: got '1e-3', wanted a num",
        ),
        (
            lambda: cs.conv_backward_naive(X, cs.conv_forward_naive(X, W, B, _CONV)),
            r"wanted the tuple \(x, w, b, conv_p",
        ),  # type: ignore[arg-type]
        (lambda: cs.relu_backward(X, "x"), r"^cache: got dtype <U1, wanted real numbers"),  # type: ignore[arg-type]
        (lambda: cs.conv_backward_fast(X, None), r"^cache: got NoneType, .*Write out, cache = conv_forward_fast\(…\)"),  # type: ignore[arg-type]
        (
            lambda: cs.max_pool_backward_naive(X, (X,)),
            r"^cache: .*\(x, pool_param\) that max_pool_forward_naive returned",
        ),  # type: ignore[arg-type]
        (lambda: cs.max_pool_backward_fast(X, X), r"^cache: got ndarray, .* that max_pool_forward_fast returned"),  # type: ignore[arg-type]
        (lambda: cs.affine_backward(X, cs.affine_forward(X, np.ones((90, 2)), B[:2])), r"^cache: .*\(x, w, b\)"),  # type: ignore[arg-type]
        (lambda: cs.dropout_backward(X, None), r"^cache: got NoneType, .*\(dropout_param, mask\)"),  # type: ignore[arg-type]
        (lambda: cs.batchnorm_backward(X, (X, ONES)), r"^cache: got tuple, .* = batchnorm_forward\(…\)"),  # type: ignore[arg-type]
        (lambda: cs.spatial_groupnorm_backward(X, X), r"^cache: got ndarray, .* spatial_groupnorm_forward returned"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_number_or_array_is_named(call: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
def test_an_update_of_a_single_number_is_that_of_an_array_of_one(rule):
    step = getattr(cs, rule)
    w, config = 1.0, None
    many, of_many = np.ones(1), None
    for dw in (2.0, -3.0):
        w, config = step(w, dw, config)
        many, of_many = step(many, np.array([dw]), of_many)
        assert w == pytest.approx(many[0], rel=1e-12)
