"""`aios lightclient`: the table of its commands."""

import typer

from gateway.cli import follow, recorded, serve_rpc, unfreeze

app = typer.Typer(no_args_is_help=True)


@app.callback()
def lightclient() -> None:
    """Follows the chain without trusting a server, and checks what servers answered.

    Example: `aios lightclient status`
    """


app.command("sync")(follow.sync)
app.command("status")(follow.status)
app.command("serve")(serve_rpc.serve)
app.command("proof")(follow.proof)
app.command("replay")(recorded.replay)
app.command("check-proof")(recorded.check_proof)
app.command("unfreeze")(unfreeze.unfreeze)
