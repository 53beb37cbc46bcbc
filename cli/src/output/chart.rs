//! Small pictures made of characters: a bar of several parts, and a line over time.

/// Eighths of a character's height.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Nothing at all, which should look different from little.
const NONE: char = '·';

/// How many characters each part of a bar gets, where `scale` would fill `width`. What is there is seen: a part that is not
/// empty gets at least one character, taken from the longest where there is no other room.
pub fn bar(parts: &[i64], scale: i64, width: usize) -> Vec<usize> {
    let share = |part: i64| {
        // Both fit an f64 well enough for a picture.
        let exact = part as f64 / scale.max(1) as f64 * width as f64;
        if part > 0 { (exact.round() as usize).clamp(1, width) } else { 0 }
    };
    let mut cells: Vec<usize> = parts.iter().map(|&part| share(part)).collect();
    while cells.iter().sum::<usize>() > width {
        match cells.iter_mut().max() {
            Some(longest) if *longest > 1 => *longest -= 1,
            _ => break,
        }
    }
    cells
}

/// A line over time in at most `width` characters, scaled to its own peak. Where values are more than that, each character
/// stands for the largest of its share: a peak is never averaged away.
pub fn sparkline(values: &[i64], width: usize) -> String {
    let peak = values.iter().copied().max().unwrap_or(0);
    let share = values.len().div_ceil(width.max(1)).max(1);
    let height = |value: i64| {
        if value <= 0 {
            return NONE;
        }
        let level = (value as f64 / peak as f64 * HEIGHTS.len() as f64).ceil() as usize;
        HEIGHTS[level.clamp(1, HEIGHTS.len()) - 1]
    };
    values.chunks(share).map(|chunk| height(chunk.iter().copied().max().unwrap_or(0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_to_scale_and_hides_nothing() {
        assert_eq!(bar(&[10, 0, 0], 10, 16), [16, 0, 0]);
        assert_eq!(bar(&[5, 5], 10, 16), [8, 8]);
        assert_eq!(bar(&[5, 0], 20, 16), [4, 0]);
        assert_eq!(bar(&[1_000_000, 1, 1], 1_000_002, 16), [14, 1, 1], "one in a million is seen");
        assert_eq!(bar(&[0, 0], 0, 16), [0, 0], "an empty window");
        assert_eq!(bar(&[i64::MAX, 0], i64::MAX, 4), [4, 0]);
        assert_eq!(bar(&[1, 1, 1], 3, 2), [1, 1, 1], "three parts need three characters");
    }

    #[test]
    fn a_line_shows_its_peaks() {
        assert_eq!(sparkline(&[0, 1, 4, 8], 10), "·▁▄█");
        assert_eq!(sparkline(&[], 10), "");
        assert_eq!(sparkline(&[0, 0], 10), "··");
        assert_eq!(sparkline(&[1, 1_000_000], 10), "▁█");
        let long: Vec<i64> = (0..288).map(|n| i64::from(n == 100)).collect();
        let line = sparkline(&long, 60);
        assert_eq!(line.chars().count(), 58);
        assert_eq!(line.chars().filter(|&c| c == '█').count(), 1, "{line}");
    }
}
