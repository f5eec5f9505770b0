/** Of all pages. Light, dark, print and a narrow phone; nothing is said by colour alone. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#faf9f6;--card:#fff;--ink:#1c2227;--soft:#59636d;--line:#e2e0da;--ok:#1a7349;--degraded:#8a5d00;--partial:#b04a00;--major:#b3222b;--work:#1f5fbf;--none:#c9c7c0;--ring:#1f5fbf}
@media(prefers-color-scheme:dark){:root{--paper:#0f1316;--card:#161b20;--ink:#e9edf0;--soft:#a0abb5;--line:#2a3138;--ok:#4fc58d;--degraded:#e5b454;--partial:#f39150;--major:#ff857d;--work:#83b9ff;--none:#3a424a;--ring:#83b9ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
a{color:inherit;text-underline-offset:.2em;text-decoration-thickness:1px}
:focus-visible{outline:3px solid var(--ring);outline-offset:3px;border-radius:4px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:1}
.wrap{max-width:52rem;margin:0 auto;padding:0 1.25rem}
header.top{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;padding-top:2rem}
.brand{text-decoration:none;font-weight:650;letter-spacing:-.01em;font-size:1.05rem}
nav a{display:inline-block;padding:.3rem .1rem;margin-left:1rem;color:var(--soft);font-size:.92rem}
.now{margin:1.75rem 0 2.5rem;padding:1.75rem 1.75rem 1.5rem;background:var(--card);border:1px solid var(--line);border-left:.4rem solid var(--c);border-radius:.3rem .9rem .9rem .3rem}
.now h1{display:flex;align-items:center;gap:.8rem;margin:0;font-size:clamp(1.5rem,4.5vw,2.15rem);line-height:1.15;letter-spacing:-.022em;text-wrap:balance}
#news:empty{display:none}
.incident>p:last-child{margin-bottom:0}
.now p{margin:.6rem 0 0;color:var(--soft);font-size:.95rem}
#age[data-age=old]{color:var(--degraded);font-weight:600}#age[data-age=lost]{color:var(--major);font-weight:600}
h2{font-size:1.15rem;letter-spacing:-.01em;margin:2.75rem 0 .75rem}
h3{margin:0;font-size:1.02rem;line-height:1.35}
.ok{--c:var(--ok)}.degraded{--c:var(--degraded)}.partial{--c:var(--partial)}.major{--c:var(--major)}.work{--c:var(--work)}.none{--c:var(--none)}
.icon{width:1.1em;height:1.1em;flex:none;color:var(--c)}.now .icon{width:1em;height:1em}
.list{list-style:none;margin:0;padding:0;background:var(--card);border:1px solid var(--line);border-radius:.9rem}
.list>li{padding:1.1rem 1.35rem}.list>li+li{border-top:1px solid var(--line)}
.row{display:flex;justify-content:space-between;gap:1rem;align-items:center}
.state{display:inline-flex;gap:.45rem;align-items:center;color:var(--c);font-weight:600;font-size:.93rem;white-space:nowrap}
.why,.meta{color:var(--soft);font-size:.88rem;margin:.2rem 0 0}
.strip{display:block;margin:.8rem 0 .3rem}.strip svg{display:block;width:100%;height:2.1rem}
details summary{cursor:pointer;color:var(--soft);font-size:.88rem;padding:.25rem 0;min-height:24px}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.4rem 0}
caption{text-align:left;color:var(--soft);padding-bottom:.3rem}
th,td{text-align:left;font-weight:400;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--soft)}td,time{font-variant-numeric:tabular-nums}
.incident{background:var(--card);border:1px solid var(--line);border-top:.22rem solid var(--c);border-radius:.3rem .3rem .9rem .9rem;padding:1.25rem 1.35rem;margin:0 0 1rem}
.next{margin:.6rem 0 0;font-size:.93rem}
.updates{list-style:none;margin:1rem 0 0;padding:0 0 0 1.1rem;border-left:2px solid var(--line)}
.updates li{margin:0 0 .9rem;position:relative}.updates li::before{content:"";position:absolute;left:-1.45rem;top:.5em;width:.6rem;height:.6rem;border-radius:50%;background:var(--soft)}
.updates li:first-child::before{background:var(--c)}
.updates p{margin:0}.updates .meta{margin:0}
.quiet{color:var(--soft)}
footer{margin:3rem 0 0;padding:1.25rem 0 3rem;border-top:1px solid var(--line);color:var(--soft);font-size:.88rem}
@media(max-width:34rem){.now{padding:1.3rem 1.1rem}.list>li{padding:1rem}nav a{margin-left:.7rem}.row{flex-wrap:wrap;gap:.15rem .75rem}}
@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--ok:#1a7349;--degraded:#8a5d00;--partial:#b04a00;--major:#b3222b;--work:#1f5fbf;--none:#bbb}nav,.skip{display:none}.incident,.list>li,tr{break-inside:avoid}.now,.incident,.list{border-radius:0}}
@media(forced-colors:active){.strip path{stroke:CanvasText}}`
  .trim()
  .replaceAll('\n', '');
