"""The file around a report: head, colours for light and dark, print, and the data for scripts."""

from __future__ import annotations

from llmadvise.render.html.markup import element, text

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1b1f;--quiet:#55555f;--ground:#fff;--card:#f4f4f7;--line:#c9c9d2;
--weights:#0072b2;--cache:#e69f00;--other:#8c6bb1;--free:#d9d9e0;--good:#00684a;--bad:#a3300f;--caution:#7a5200}
@media(prefers-color-scheme:dark){:root{--ink:#eeeef2;--quiet:#b4b4c0;--ground:#17171b;--card:#232329;--line:#4b4b57;
--weights:#56b4e9;--cache:#f0b429;--other:#c0a3e5;--free:#3a3a44;--good:#5fd3a6;--bad:#ff9a76;--caution:#f2c14e}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:auto;padding:1rem}
h1{font-size:1.6rem;line-height:1.2;margin:.2rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}h3{font-size:1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem}
.quiet,footer,figcaption,caption{color:var(--quiet)}caption{text-align:left;padding:.3rem 0}
pre{background:var(--ground);border:1px solid var(--line);border-radius:.4rem;padding:.7rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.6rem 0}
button{font:inherit;padding:.3rem .8rem;border:1px solid var(--line);border-radius:.4rem;background:var(--card);
color:var(--ink);cursor:pointer}:focus-visible{outline:3px solid var(--weights);outline-offset:2px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.5rem 0}dt{font-weight:600}dd{margin:0}
@media(max-width:32rem){dl{grid-template-columns:1fr}dd{margin:0 0 .4rem 1rem}}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}
thead th{white-space:nowrap}td:last-child{min-width:11rem}figure{margin:.5rem 0}svg{max-width:100%;height:auto;display:block}
svg text{fill:var(--ink);font:13px system-ui,sans-serif}svg .quiet{fill:var(--quiet)}svg .line{stroke:var(--line)}
.weights{fill:var(--weights)}.cache{fill:var(--cache)}.other{fill:var(--other)}.free{fill:var(--free)}
.good{color:var(--good)}.bad{color:var(--bad)}.caution{color:var(--caution)}
.budget{stroke:var(--bad);stroke-dasharray:5 4}.front{stroke:var(--quiet);fill:none}.hollow{fill:var(--ground);stroke:var(--bad);stroke-width:2}.different{font-weight:600}
@media print{button{display:none}body{font-size:10pt}.card{break-inside:avoid}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_SCRIPT = """
for(const b of document.querySelectorAll("button[data-copy]")){b.hidden=false;b.addEventListener("click",()=>{
navigator.clipboard.writeText(document.getElementById(b.dataset.copy).textContent).then(()=>{b.textContent="Copied"})})}
"""


def whole(title: str, body: str, data: str) -> str:
    """The file; `data` is the document as JSON, kept inside so that the page can be read by scripts too."""
    # In a script element only `</` and `<!--` could end or change what is being read.
    kept = data.strip().replace("<", "\\u003c")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{text(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            element("main", body),
            f'<script type="application/json" id="document">{kept}</script>',
            f"<script>{_SCRIPT}</script>",
            "</body>",
            "</html>",
            "",
        )
    )


def command(words: str, name: str) -> str:
    """A command to paste; the button shows itself only where a script may run."""
    return element("pre", element("code", text(words), id=name), tabindex="0") + element(
        "button", "Copy", type="button", hidden="", data_copy=name
    )
