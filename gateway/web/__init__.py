"""The dashboard: pages and charts rendered on the box, kept live over server-sent events.

It reads the store and a `View`, and changes nothing; nothing it serves is loaded from elsewhere.

Each page is gathered (`model.py`: store to plain records), rendered (`pages/`: records to HTML, pure), and split into fragments with ids;
`live.py` sends a fragment again when it changed. The same records are the page's JSON. Start reading at `app.py`.
"""

from gateway.web.app import create_app
from gateway.web.dashboard import Dashboard
from gateway.web.settings import WebSettings
from gateway.web.view import DeviceInfo, LightClientInfo, ProductInfo, View
from oracle.drawing.series import Band

__all__ = ["Band", "Dashboard", "DeviceInfo", "LightClientInfo", "ProductInfo", "View", "WebSettings", "create_app"]
