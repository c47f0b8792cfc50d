//! One style sheet, no assets.

/// Readable on a phone, light or dark as the reader has it.
pub(super) const STYLE: &str = "
:root{--bg:#fff;--fg:#1f2328;--dim:#59636e;--line:#d1d9e0;--soft:#f6f8fa;--link:#0969da;--ok:#1a7f37;--bad:#cf222e;
--wait:#9a6700}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#3d444d;--soft:#151b23;
--link:#4493f8;--ok:#3fb950;--bad:#f85149;--wait:#d29922}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,-apple-system,Segoe UI,sans-serif;
overflow-wrap:anywhere}
header{display:flex;justify-content:space-between;align-items:center;padding:.6rem 1rem;border-bottom:1px solid var(--line);
background:var(--soft)}
header>a{font-weight:600;color:var(--fg)}
main,footer{max-width:60rem;margin:0 auto;padding:.5rem 1rem}
footer,.dim,time{color:var(--dim)}footer{font-size:.85rem;padding-bottom:2rem}
h1{font-size:1.4rem;line-height:1.25;margin:.8rem 0 .4rem}h1 .dim{font-weight:400}
h2{font-size:1.05rem;margin:1.8rem 0 .5rem}.cap::first-letter,h2::first-letter{text-transform:uppercase}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
p{margin:.4rem 0}
dl{display:grid;grid-template-columns:6.5rem 1fr;gap:.25rem 1rem;margin:.6rem 0}dt{color:var(--dim)}dd{margin:0}
ul{list-style:none;margin:.4rem 0;padding:0;border:1px solid var(--line);border-radius:.5rem}
li{padding:.6rem .8rem}li+li{border-top:1px solid var(--line)}
li .dim{font-size:.9rem}
.chips{border:0;display:flex;flex-wrap:wrap;gap:.4rem}
.chips li{border:1px solid var(--line);border-radius:2rem;padding:.1rem .8rem}
.chips a{display:inline-block;padding:.2rem 0}.chips b{color:var(--fg);margin-left:.3rem}
.mark{display:inline-block;border:1px solid currentColor;border-radius:2rem;padding:0 .6rem;font-size:.85rem;font-weight:600;
color:var(--dim);white-space:nowrap}
.awaiting_decision,.action_required,.queued,.provisioning,.medium{color:var(--wait)}
.running,.in_progress{color:var(--link)}.success,.finished{color:var(--ok)}.failure,.high{color:var(--bad)}
.ask{background:var(--soft);border:1px solid var(--wait);border-radius:.5rem;padding:.6rem .9rem;margin:.8rem 0}
code,pre{font:.85em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{background:var(--soft);border-radius:.25rem;padding:.1rem .3rem}
pre{background:var(--soft);border:1px solid var(--line);border-radius:.4rem;padding:.6rem .8rem;margin:.5rem 0;
white-space:pre-wrap}
summary{cursor:pointer;padding:.2rem 0}
form{margin:0}form.card{max-width:26rem;margin:1rem 0}
label{display:block;margin:.4rem 0}
input{display:block;width:100%;font:inherit;color:inherit;background:var(--bg);border:1px solid var(--dim);
border-radius:.4rem;padding:.5rem;min-height:2.75rem}
button{font:inherit;font-weight:600;color:#fff;background:#1f883d;border:0;border-radius:.4rem;padding:.5rem 1rem;
min-height:2.75rem;margin:.4rem 0;cursor:pointer}
button.link{background:none;color:var(--link);font-weight:400;padding:0 .2rem;margin:0;min-height:2rem}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.bad{color:var(--bad)}
nav{margin:.8rem 0;display:flex;gap:1.2rem}
";
