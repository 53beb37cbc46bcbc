//! The HTML report of a night in a real browser (headless Chromium, Debian's package): no error, nothing too wide, every chart
//! there, every number the JSON's.

use super::night::{AS_OF, night};
use promo_guard_tests::{promoctl, server};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Looks at the page from within and writes what it finds into it.
const PROBE: &str = r#"<script>
addEventListener('error', e => { (window.errors = window.errors || []).push(String(e.message)) });
addEventListener('load', () => {
    const found = { errors: window.errors || [], inner: innerWidth, wide: document.documentElement.scrollWidth, charts: {}, fields: {}, words: document.body.innerText.length };
    for (const svg of document.querySelectorAll('svg[id]')) {
        const box = svg.getBoundingClientRect();
        found.charts[svg.id] = { width: box.width, height: box.height, shapes: svg.querySelectorAll('rect, polyline').length,
            title: !!svg.querySelector(':scope > title'), desc: !!svg.querySelector(':scope > desc') };
    }
    document.querySelectorAll('details').forEach(d => d.open = true);
    for (const node of document.querySelectorAll('[data-field]')) found.fields[node.dataset.field] = node.textContent.replaceAll(',', '');
    found.wideOpen = document.documentElement.scrollWidth;
    found.cut = [...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth + 1)
        .map(s => [s.querySelector('table').id, s.tabIndex, s.getAttribute('role'), !!s.getAttribute('aria-label')].join(' '));
    found.overlaps = [];
    for (const svg of document.querySelectorAll('svg[id]')) {
        const texts = [...svg.querySelectorAll(':scope > text')].map(t => [t.textContent, t.getBoundingClientRect()]);
        texts.forEach(([a, x], i) => texts.slice(i + 1).forEach(([b, y]) => {
            if (x.left < y.right && y.left < x.right && x.top + 2 < y.bottom && y.top + 2 < x.bottom) found.overlaps.push(a + ' / ' + b);
        }));
    }
    found.unlabelled = [...document.querySelectorAll('table')].filter(t => !t.closest('[aria-label], [aria-labelledby]')).map(t => t.id);
    const out = document.createElement('pre');
    out.id = 'found'; out.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(found))));
    document.body.append(out);
});
</script>"#;

/// Runs Chromium on a page; ends it where it does not end by itself. It has a profile of its own and asks nothing of any network.
fn chromium(page: &Path, profile: &Path, more: &[&str]) -> (String, String) {
    let (out, err) = (profile.with_extension("out"), profile.with_extension("err"));
    let mut child = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args([
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--enable-logging=stderr",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(more)
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&out).unwrap())
        .stderr(std::fs::File::create(&err).unwrap())
        .spawn()
        .expect("chromium, from Debian's package of that name");
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(120) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("chromium did not end: {}", std::fs::read_to_string(&err).unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let read = |path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    (read(&out), read(&err))
}

#[test]
fn the_page_is_whole_on_a_phone_and_on_a_desk_and_its_numbers_are_the_reports() {
    let (_db, name) = night();
    let told = |format: &str| {
        let out = promoctl(server(), &name)
            .args(["report", "--as-of", AS_OF, "--format", format])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let (html, json): (String, Value) = (told("html"), serde_json::from_str(&told("json")).unwrap());
    assert!(!html.contains("<script") && !html.contains("://"), "no script, and nothing from elsewhere");
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("page.html");
    std::fs::write(&page, &html).unwrap();
    if let Some(keep) = std::env::var_os("KEEP_PAGE") {
        std::fs::write(keep, &html).unwrap();
    }
    // Looked at by a script: for that, and only in the copy, scripts are allowed.
    let probed = dir.path().join("probed.html");
    let policy = html.find("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
    let end = policy + html[policy..].find('>').unwrap() + 1;
    std::fs::write(&probed, format!("{}{PROBE}{}", &html[..policy], &html[end..])).unwrap();

    // Below 500 pixels a window of headless Chromium is not made narrower: a frame is as wide as it is told.
    for width in [390, 1280] {
        let frame = dir.path().join(format!("frame{width}.html"));
        std::fs::write(
            &frame,
            format!(
                "<!doctype html><meta charset=utf-8><body style='margin:0'><iframe id=f src=probed.html style='border:0;width:{width}px;height:3000px'></iframe><script>
                 f.onload = () => {{ const p = document.createElement('pre'); p.id = 'copy'; p.textContent = f.contentDocument.getElementById('found').textContent; document.body.append(p); }}
                 </script>"
            ),
        )
        .unwrap();
        let (dom, log) = chromium(
            &frame,
            &dir.path().join(format!("profile{width}")),
            &[
                "--allow-file-access-from-files",
                "--window-size=1400,3000",
                "--virtual-time-budget=5000",
                "--dump-dom",
            ],
        );
        assert!(!log.contains("CONSOLE"), "{log}");
        let start = dom.find("<pre id=\"copy\">").unwrap_or_else(|| panic!("not looked at: {log}")) + 15;
        let found: Value =
            serde_json::from_slice(&decoded(&dom[start..start + dom[start..].find("</pre>").unwrap()]))
                .unwrap();
        assert_eq!(found["errors"], serde_json::json!([]), "{width}");
        assert_eq!(found["inner"], width);
        assert_eq!(found["wide"], width, "nothing is wider than the page");
        assert_eq!(found["wideOpen"], width, "with every table open either");
        // The one table that cannot be stacked is a region that the keyboard reaches.
        let cut = if width < 600 { vec!["table-attempts 0 region true"] } else { vec![] };
        assert_eq!(found["cut"], serde_json::json!(cut), "{width}");
        assert_eq!(found["overlaps"], serde_json::json!([]), "{width}");
        assert_eq!(found["unlabelled"], serde_json::json!([]), "{width}");
        for chart in ["chart-attempts", "chart-failing", "chart-recovered", "chart-clusters", "chart-funnel"]
        {
            let chart_found = &found["charts"][chart];
            assert!(
                chart_found["width"].as_f64() > Some(200.0) && chart_found["height"].as_f64() > Some(20.0),
                "{chart}: {chart_found}"
            );
            assert!(chart_found["shapes"].as_i64() > Some(0), "{chart} is empty: {chart_found}");
            assert!(
                chart_found["title"] == true && chart_found["desc"] == true,
                "{chart} is not told to those who cannot see it"
            );
        }
        let fields = found["fields"].as_object().unwrap();
        assert!(fields.len() > 200, "{}", fields.len());
        for (pointer, shown) in fields {
            let expected = json.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is not in the JSON"));
            assert_eq!(shown.as_str().unwrap(), expected.to_string(), "{pointer}");
        }
    }
    // The page itself, with its policy: no complaint either.
    let (_, log) = chromium(&page, &dir.path().join("profile"), &["--dump-dom"]);
    assert!(!log.contains("CONSOLE"), "{log}");
}

/// Base64, as the browser's btoa() writes it.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
