from lightclient.scores import Score, accepted, failed, order, refused


def test_a_lie_weighs_more_than_many_time_outs() -> None:
    slow, liar = Score("slow"), refused(Score("liar"), "InvalidSignature")
    for _ in range(20):
        slow = failed(slow, "time-out")
    assert order([liar, slow]) == [1, 0]
    assert (slow.failed, liar.refused, liar.last_problem) == (20, 1, "InvalidSignature")


def test_time_outs_are_forgotten_soon_and_lies_late() -> None:
    slow, liar = failed(Score("slow"), ""), refused(Score("liar"), "")
    for _ in range(5):
        slow, liar = accepted(slow), accepted(liar)
    assert slow.availability > 0.94
    assert liar.quality < 0.6
    for _ in range(150):
        liar = accepted(liar)
    assert liar.quality > 0.95


def test_equals_keep_the_configured_order() -> None:
    assert order([Score("a"), Score("b"), Score("c")]) == [0, 1, 2]
