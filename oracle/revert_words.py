"""What our contracts' named errors mean to whoever sent the transaction: the reason and the remedy, in words. Pure.

The name stays behind the sentence: it is what the contract's source and other tools call it.
"""

WORDS = {
    # ShipmentEscrow and DefectBond
    "TermsImpossible": "the terms contradict themselves: the price must be above zero, buyer, seller and arbiter three different parties, "
    "the window at most 90 days, ruin above tolerance",
    "BallotExists": "a verdict on this is awaited already for this buyer and policy, and is awaited once; look at what is open, or name "
    "another policy",
    "BallotClosed": "the time for verdicts is over; settle by what was said until then",
    "DeadlinePassed": "the deadline for verdicts is not in the future; choose a later one",
    "GatewayNamedTwice": "a gateway is named twice, and has one voice; name it once",
    "QuorumImpossible": "the quorum is not more than half of at most seven gateways; name another quorum or other gateways",
    "StateForbids": "it is not at the point where this can be done; the escrow's status says what can be done next",
    "Undecided": "no quorum of gateways agrees yet, and the deadline has not passed; wait for verdicts or for the deadline",
    "TooEarly": "the time to object has not ended; wait until then",
    "TooLate": "the time to object has ended; settle closes by the proposal",
    "NoArbiter": "no arbiter was agreed on, so nothing can be disputed; settle after the window",
    "NotArbiter": "only the arbiter may do this; use the arbiter's key",
    "NotParty": "only buyer and seller may do this; use the key of one of them",
    "NotSupplier": "only the bond's supplier may do this; use the supplier's key",
    "PartTooLarge": "the seller's part is more than the price; name at most the price",
    "NothingCredited": "nothing of this token is owed to you here; settle first, or check the token",
    "TokenTakesFee": "the token takes a fee from transfers, so less than the price would arrive; agree on another token",
    "ERC20InsufficientAllowance": "the token lets the contract take less than the price; approve it first",
    "ERC20InsufficientBalance": "the sender owns less of the token than the price; get more of it, or use another key",
    "SafeERC20FailedOperation": "the token did not hand over the price; check its address, your balance and its allowance",
    # GatewayRegistry
    "GatewayTaken": "a gateway of this address is registered already; add a key to it, or register another address",
    "GatewayUnknown": "no gateway is registered under this address; check it, or register it first",
    "GatewayNotActive": "the key is not that of an active gateway; look at its standing",
    "KeyTaken": "this key is registered already, and a key is registered once; make a new one",
    "KeyUnknown": "this key was never registered; check its address",
    "KeyIsRevoked": "this key is revoked already; there is nothing left to do",
    "NotOperator": "only the gateway's operator may do this; use the operator's key",
    "NotOwner": "only the registry's owner may do this; use the owner's key",
    "OperatorNotAdmitted": "the registry's owner has not admitted this operator; ask to be admitted",
    "PossessionNotProven": "the key did not sign that it belongs to this gateway under this operator; sign it anew for just these",
    "SignatureInvalid": "a signature is not of the form that is asked for; sign it anew",
    "StakeTooLow": "the stake is less than the registry asks for; send at least the least",
    "StandingForbids": "a gateway that stands like this cannot do that; look at its standing",
    "StillBound": "the stake is still bound; wait until it is released",
    "BlsKeyRefused": "the BLS key did not sign that it belongs to this gateway in this registry on this chain; sign it anew for just these",
    "BlsInputInvalid": "a BLS key or signature is no point that counts; make the key or the signature anew",
    "PrecompileMissing": "this chain does not compute BLS signatures yet (EIP-2537); use single votes, or a chain that does",
    "VoteNotSigned": "the BLS key did not sign what is said of it; a sum of several is none of theirs, so give the part of one",
    "BlsKeyUnknown": "the gateway has no BLS key in the registry; leave its part out, or let its operator register one",
    "BlsSignatureInvalid": "the signature is not that of all the gateways named; check each part, and ask for those that do not hold anew",
    "NothingToClaim": "the registry holds nothing for you; check that this is the key that it is held for",
}
"""Reason and remedy by the error's name."""


def in_words(named: str) -> str:
    """Returns what an error such as `TooLate(id=0x.., until=7)` says, with the error itself behind; an unknown one as it is."""
    words = WORDS.get(named.partition("(")[0])
    return f"{words} ({named})" if words is not None else named
