/** Of the status page: light and dark as the reader has it, columns where there is room, and cards on a phone. */
export const STYLE = `
:root{color-scheme:light dark;--line:#c8ccd2;--soft:#f3f4f6;--good:#10672f;--warn:#8a4b00;--bad:#a4161a;--calm:#46505c}
@media (prefers-color-scheme:dark){:root{--line:#3b424c;--soft:#1d2229;--good:#6fd58f;--warn:#f0b45c;--bad:#ff8f8f;--calm:#b3bcc7}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:88rem;padding:1rem clamp(1rem,3vw,2.5rem) 3rem;font:1rem/1.5 system-ui,sans-serif}
h1{margin:0;font-size:1.6rem}h2{margin:2rem 0 .5rem;font-size:1.15rem}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{padding:.5rem .6rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;background:var(--soft);vertical-align:bottom}
tbody th{font-weight:400;white-space:nowrap}
thead th,td{overflow-wrap:break-word}
tr.more td{border-top:0;padding-top:0}
td p{margin:0 0 .25rem}td ul{margin:0;padding-left:1.1rem}
@media (min-width:76rem){td:nth-child(2){min-width:14rem}td[data-head=Since]{white-space:nowrap}}
@media (max-width:75.99rem){
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,td,tbody th{display:block}
tr{border-top:1px solid var(--line);padding:.5rem 0}tr:first-child,tr.more{border-top:0}
tr.more{padding-top:0}
td,tbody th{border:0;padding:.1rem .75rem}
td[data-head]{position:relative;padding-left:11rem}
td[data-head]::before{content:attr(data-head);position:absolute;left:.75rem;color:var(--calm)}
td[data-head=State]{padding-left:.75rem}td[data-head=State]::before{content:none}
tr.more td{padding-top:.25rem}
}
.past{display:flex;flex-wrap:wrap;align-items:end;gap:.25rem .75rem}
.past svg{width:min(24rem,100%);height:2.1rem;flex:none}.past small{flex:1 1 16rem;color:var(--calm)}
.past .bars{fill:currentColor;opacity:.55}.past rect{fill:currentColor}
.number{font-variant-numeric:tabular-nums}
.mark{display:inline-block;padding:0 .5em;border:1px solid currentColor;border-radius:1em;font-size:.85em;font-weight:600;white-space:nowrap}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.calm{color:var(--calm)}
footer{margin-top:2rem;color:var(--calm);font-size:.9rem}
@media print{a{color:inherit}}
`;
