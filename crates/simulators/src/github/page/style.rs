//! One style sheet, no assets.

/// Readable on a phone, light or dark as the reader has it.
pub const STYLE: &str = "
:root{--bg:#fff;--fg:#1f2328;--dim:#59636e;--line:#d1d9e0;--soft:#f6f8fa;--add:#dafbe1;--del:#ffebe9;--link:#0969da;
--ok:#1a7f37;--bad:#cf222e;--wait:#9a6700;--plain:#59636e;--btn:#1f883d}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#3d444d;--soft:#151b23;
--add:#12261e;--del:#2d1517;--link:#4493f8;--ok:#3fb950;--bad:#f85149;--wait:#d29922;--plain:#9198a1;--btn:#238636}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.55 system-ui,-apple-system,Segoe UI,sans-serif}
.standin{margin:0;padding:.35rem 1rem;background:#9a6700;color:#fff;font-size:.8rem;text-align:center;letter-spacing:.03em}
main{max-width:58rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;font-weight:500;line-height:1.25;margin:.6rem 0}
.note{border:1px solid var(--line);border-radius:.5rem;padding:.6rem .9rem;background:var(--soft)}
h1 span,.dim{color:var(--dim);font-weight:400}
h2{font-size:1.05rem;margin:1.8rem 0 .6rem}
h3{font-size:1rem;margin:.8rem 0 .4rem}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
.state{display:inline-block;border-radius:2rem;padding:.1rem .7rem;color:#fff;font-size:.85rem;font-weight:600}
.open{background:#1f883d}.closed{background:#cf222e}.merged{background:#8250df}.draft{background:#59636e}
.card{border:1px solid var(--line);border-radius:.5rem;margin:.8rem 0;overflow:hidden}
.card>header{background:var(--soft);border-bottom:1px solid var(--line);padding:.5rem .8rem;font-size:.9rem}
.card>header b{font-weight:600}
.card>div{padding:.2rem .9rem .5rem;overflow-x:auto}
.card .card{margin:.6rem 0}
.dot{display:inline-block;width:.7rem;height:.7rem;border-radius:50%;margin-right:.45rem;vertical-align:-.02rem}
.success .dot{background:var(--ok)}.failure .dot,.timed_out .dot{background:var(--bad)}
.action_required .dot,.queued .dot,.in_progress .dot{background:var(--wait)}
.neutral .dot,.skipped .dot,.cancelled .dot{background:var(--plain)}
form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.7rem 0;padding:.7rem;background:var(--soft);border-radius:.5rem}
button{font:inherit;font-weight:600;color:#fff;background:var(--btn);border:0;border-radius:.4rem;padding:.45rem .9rem;min-height:2.6rem;cursor:pointer}
button+button{background:#59636e}
button:focus-visible,select:focus-visible,a:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
select{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:.4rem;padding:.4rem;min-height:2.6rem}
label{font-size:.9rem;color:var(--dim)}
table{border-collapse:collapse;margin:.6rem 0}th,td{border:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}
code,pre{font:.85rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{background:var(--soft);border-radius:.25rem;padding:.1rem .3rem}
pre{background:var(--soft);border-radius:.4rem;padding:.6rem .8rem;overflow-x:auto;margin:.5rem 0}pre code{padding:0;background:none}
pre.diff{padding:.4rem 0}pre.diff span{display:block;padding:0 .8rem;min-width:max-content}
pre.diff .a{background:var(--add)}pre.diff .d{background:var(--del)}pre.diff .h{color:var(--dim)}
.suggestion{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;overflow:hidden}
.suggestion>p{margin:0;padding:.3rem .8rem;font-size:.85rem;color:var(--dim);border-bottom:1px solid var(--line)}
.suggestion pre{margin:0;border-radius:0}
ul.plain{list-style:none;padding:0}ul.plain li{padding:.2rem 0}
summary{cursor:pointer;padding:.4rem 0}
.plus{color:var(--ok)}.minus{color:var(--bad)}
";
