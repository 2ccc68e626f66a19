import io

import numpy as np
import pytest
from PIL import Image

from firmware_sim.inspection.frames import SIDE, Defect, draw, png


@pytest.mark.parametrize("defect", Defect)
def test_a_frame_depends_on_seed_and_kind_alone(defect: Defect) -> None:
    one, two, other = (draw(np.random.default_rng(seed), defect) for seed in (1, 1, 2))
    assert one.shape == (SIDE, SIDE)
    assert one.dtype == np.uint8
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_the_png_is_lossless_gray() -> None:
    frame = draw(np.random.default_rng(3), Defect.CRACK)
    with Image.open(io.BytesIO(png(frame))) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "L", (SIDE, SIDE))
        assert np.array_equal(np.asarray(image), frame)


def test_brightness_does_not_tell_the_kinds_apart() -> None:
    rng = np.random.default_rng(4)
    means = {kind: np.array([draw(rng, kind).mean() for _ in range(60)]) for kind in Defect}
    spread = means[Defect.GOOD].std()
    assert all(abs(values.mean() - means[Defect.GOOD].mean()) < spread for values in means.values())
