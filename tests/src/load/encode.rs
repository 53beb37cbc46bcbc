//! COPY's two formats, field by field.

use std::marker::PhantomData;

use promo_guard_generator::Micros;
use uuid::Uuid;

/// One row under way.
pub(super) struct Row<E> {
    /// The bytes gathered so far, this row and those before it.
    pub(super) buffer: Vec<u8>,
    first: bool,
    encoder: PhantomData<E>,
}

impl<E: Encoder> Row<E> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { buffer: Vec::with_capacity(capacity), first: true, encoder: PhantomData }
    }

    pub(super) fn begin(&mut self, fields: i16) {
        E::begin(&mut self.buffer, fields);
        self.first = true;
    }

    pub(super) fn end(&mut self) {
        E::end(&mut self.buffer);
    }

    fn field(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        E::field(&mut self.buffer, self.first, write);
        self.first = false;
    }

    pub(super) fn null(&mut self) {
        E::null(&mut self.buffer, self.first);
        self.first = false;
    }

    pub(super) fn int8(&mut self, value: i64) {
        self.field(|out| E::int8(out, value));
    }

    pub(super) fn int4(&mut self, value: i32) {
        self.field(|out| E::int4(out, value));
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.field(|out| E::bool(out, value));
    }

    pub(super) fn text(&mut self, value: &str) {
        self.field(|out| E::text(out, value));
    }

    /// Text that needs no escaping in any format.
    pub(super) fn ascii(&mut self, value: &[u8]) {
        self.field(|out| out.extend_from_slice(value));
    }

    pub(super) fn json(&mut self, value: &str) {
        self.field(|out| E::json(out, value));
    }

    pub(super) fn uuid(&mut self, value: Uuid) {
        self.field(|out| E::uuid(out, value));
    }

    pub(super) fn time(&mut self, value: Micros) {
        self.field(|out| E::time(out, value));
    }

    pub(super) fn opt_int8(&mut self, value: Option<i64>) {
        match value {
            Some(value) => self.int8(value),
            None => self.null(),
        }
    }

    pub(super) fn opt_int4(&mut self, value: Option<i32>) {
        match value {
            Some(value) => self.int4(value),
            None => self.null(),
        }
    }

    pub(super) fn opt_time(&mut self, value: Option<Micros>) {
        match value {
            Some(value) => self.time(value),
            None => self.null(),
        }
    }
}

/// One of COPY's formats.
pub(super) trait Encoder {
    const FORMAT: &'static str;
    fn header(out: &mut Vec<u8>);
    fn trailer(out: &mut Vec<u8>);
    fn begin(out: &mut Vec<u8>, fields: i16);
    fn end(out: &mut Vec<u8>);
    fn field(out: &mut Vec<u8>, first: bool, write: impl FnOnce(&mut Vec<u8>));
    fn null(out: &mut Vec<u8>, first: bool);
    fn int8(out: &mut Vec<u8>, value: i64);
    fn int4(out: &mut Vec<u8>, value: i32);
    fn bool(out: &mut Vec<u8>, value: bool);
    fn text(out: &mut Vec<u8>, value: &str);
    fn json(out: &mut Vec<u8>, value: &str);
    fn uuid(out: &mut Vec<u8>, value: Uuid);
    fn time(out: &mut Vec<u8>, value: Micros);
}

/// `COPY … (FORMAT binary)`, for the reference schema's types.
pub(super) struct Binary;

/// 2000-01-01 in microseconds since 1970-01-01: where the server's clock starts.
const SERVER_EPOCH: i64 = 946_684_800_000_000;

impl Encoder for Binary {
    const FORMAT: &'static str = "binary";

    fn header(out: &mut Vec<u8>) {
        out.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
        out.extend_from_slice(&[0; 8]);
    }

    fn trailer(out: &mut Vec<u8>) {
        out.extend_from_slice(&(-1_i16).to_be_bytes());
    }

    fn begin(out: &mut Vec<u8>, fields: i16) {
        out.extend_from_slice(&fields.to_be_bytes());
    }

    fn end(_: &mut Vec<u8>) {}

    fn field(out: &mut Vec<u8>, _: bool, write: impl FnOnce(&mut Vec<u8>)) {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        write(out);
        let length = i32::try_from(out.len() - start - 4).expect("a field is shorter than 2 GB");
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }

    fn null(out: &mut Vec<u8>, _: bool) {
        out.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    fn int8(out: &mut Vec<u8>, value: i64) {
        out.extend_from_slice(&value.to_be_bytes());
    }

    fn int4(out: &mut Vec<u8>, value: i32) {
        out.extend_from_slice(&value.to_be_bytes());
    }

    fn bool(out: &mut Vec<u8>, value: bool) {
        out.push(u8::from(value));
    }

    fn text(out: &mut Vec<u8>, value: &str) {
        out.extend_from_slice(value.as_bytes());
    }

    fn json(out: &mut Vec<u8>, value: &str) {
        // jsonb's wire format: a version, then the text.
        out.push(1);
        out.extend_from_slice(value.as_bytes());
    }

    fn uuid(out: &mut Vec<u8>, value: Uuid) {
        out.extend_from_slice(value.as_bytes());
    }

    fn time(out: &mut Vec<u8>, value: Micros) {
        out.extend_from_slice(&(value.0 - SERVER_EPOCH).to_be_bytes());
    }
}

/// `COPY … (FORMAT text)`, for tables with other types.
pub(super) struct Text;

impl Encoder for Text {
    const FORMAT: &'static str = "text";

    fn header(_: &mut Vec<u8>) {}

    fn trailer(_: &mut Vec<u8>) {}

    fn begin(_: &mut Vec<u8>, _: i16) {}

    fn end(out: &mut Vec<u8>) {
        out.push(b'\n');
    }

    fn field(out: &mut Vec<u8>, first: bool, write: impl FnOnce(&mut Vec<u8>)) {
        if !first {
            out.push(b'\t');
        }
        write(out);
    }

    fn null(out: &mut Vec<u8>, first: bool) {
        Self::field(out, first, |out| out.extend_from_slice(b"\\N"));
    }

    fn int8(out: &mut Vec<u8>, value: i64) {
        out.extend_from_slice(value.to_string().as_bytes());
    }

    fn int4(out: &mut Vec<u8>, value: i32) {
        out.extend_from_slice(value.to_string().as_bytes());
    }

    fn bool(out: &mut Vec<u8>, value: bool) {
        out.push(if value { b't' } else { b'f' });
    }

    fn text(out: &mut Vec<u8>, value: &str) {
        for byte in value.bytes() {
            match byte {
                b'\\' => out.extend_from_slice(b"\\\\"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                _ => out.push(byte),
            }
        }
    }

    fn json(out: &mut Vec<u8>, value: &str) {
        Self::text(out, value);
    }

    fn uuid(out: &mut Vec<u8>, value: Uuid) {
        out.extend_from_slice(value.to_string().as_bytes());
    }

    fn time(out: &mut Vec<u8>, value: Micros) {
        let when = chrono::DateTime::from_timestamp_micros(value.0).expect("a time that the calendar holds");
        out.extend_from_slice(when.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string().as_bytes());
    }
}
