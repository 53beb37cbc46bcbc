//! Rows of an answer, taken apart as the executor hands them out: none is copied to be looked at once.

use crate::varlena;
use pgrx::spi::{SpiError, SpiErrorCodes, SpiResult};
use pgrx::{FromDatum, IntoDatum, PgMemoryContexts, pg_sys};

/// A row of an answer, taken apart once: pgrx would ask PostgreSQL for every value and its type anew, which of thousands of rows
/// takes longer than finding them.
pub struct Row<'a> {
    pub values: &'a [pg_sys::Datum],
    pub nulls: &'a [bool],
    pub types: &'a [pg_sys::Oid],
    /// Where a value outlives the answer.
    pub outside: pg_sys::MemoryContext,
}

impl Row<'_> {
    /// A column's datum and type; none where it is null.
    fn datum(&self, column: usize) -> SpiResult<Option<(pg_sys::Datum, pg_sys::Oid)>> {
        let place = column.wrapping_sub(1);
        match (self.nulls.get(place), self.values.get(place), self.types.get(place)) {
            (Some(true), ..) => Ok(None),
            (Some(false), Some(datum), Some(oid)) => Ok(Some((*datum, *oid))),
            _ => Err(SpiError::SpiError(SpiErrorCodes::NoAttribute)),
        }
    }

    /// A column, counted from 1; none where it is null.
    ///
    /// # Errors
    /// Where there is no such column, or it is of another type.
    pub fn get<T: IntoDatum + FromDatum>(&self, column: usize) -> SpiResult<Option<T>> {
        let Some((datum, oid)) = self.datum(column)? else { return Ok(None) };
        self.read(datum, oid)
    }

    fn read<T: IntoDatum + FromDatum>(&self, datum: pg_sys::Datum, oid: pg_sys::Oid) -> SpiResult<Option<T>> {
        let by_value = matches!(
            T::type_oid(),
            pg_sys::INT8OID | pg_sys::INT4OID | pg_sys::BOOLOID | pg_sys::FLOAT8OID | pg_sys::TIMESTAMPTZOID
        );
        // SAFETY: the datum is not null and of the type `oid`, which is looked at; what is no value of its own is copied to where
        // it outlives this answer.
        let value = unsafe {
            if by_value {
                T::try_from_datum(datum, false, oid)
            } else {
                let outside = PgMemoryContexts::For(self.outside);
                T::try_from_datum_in_memory_context(outside, datum, false, oid)
            }
        };
        value.map_err(SpiError::DatumError)
    }

    /// A column of text: what `get::<String>` gives, with nothing asked of PostgreSQL in the usual case. One of a fixed length has its
    /// blanks.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn text(&self, column: usize) -> SpiResult<Option<String>> {
        match self.ascii(column)? {
            Some(text) => Ok(Some(text.to_owned())),
            None => match self.datum(column)? {
                // Stored like any text, though PostgreSQL wants to be asked for it as one.
                Some((datum, pg_sys::BPCHAROID)) => self.read(datum, pg_sys::TEXTOID),
                _ => self.get(column),
            },
        }
    }

    /// The same without a copy where it is in plain ASCII and lies in the row as it is; else none, as for a null.
    ///
    /// # Errors
    /// Where there is no such column.
    pub fn ascii(&self, column: usize) -> SpiResult<Option<&str>> {
        let Some((datum, oid)) = self.datum(column)? else { return Ok(None) };
        if !matches!(oid, pg_sys::TEXTOID | pg_sys::VARCHAROID | pg_sys::BPCHAROID) {
            return Ok(None);
        }
        // SAFETY: a text that is not null, and lives as long as the row.
        let bytes = unsafe { varlena::bytes_in_place(datum) };
        // In whichever encoding the database has, these are what they look like.
        Ok(bytes.filter(|bytes| bytes.is_ascii()).and_then(|ascii| std::str::from_utf8(ascii).ok()))
    }
}

/// Takes rows: what it says of one that it cannot read ends the statement.
pub type Take<'a> = &'a mut dyn FnMut(&Row<'_>) -> SpiResult<()>;

/// Where the executor sends the rows of a statement.
#[repr(C)]
pub struct Receiver<'a> {
    /// What the executor knows of it; it comes first.
    base: pg_sys::DestReceiver,
    take: Take<'a>,
    types: Vec<pg_sys::Oid>,
    outside: pg_sys::MemoryContext,
    /// What reading a row allocates is freed with it.
    room: pg_sys::MemoryContext,
    failed: Option<SpiError>,
}

impl<'a> Receiver<'a> {
    /// Values that are kept are copied to `outside`.
    pub fn new(take: Take<'a>, outside: pg_sys::MemoryContext) -> Self {
        let base = pg_sys::DestReceiver {
            receiveSlot: Some(receive),
            rStartup: Some(begin),
            rShutdown: Some(end),
            rDestroy: Some(end),
            // Any but SPI's own, of which it wants to see the rows afterwards.
            mydest: pg_sys::CommandDest::DestTuplestore,
        };
        Self { base, take, types: Vec::new(), outside, room: std::ptr::null_mut(), failed: None }
    }

    /// As the executor wants it.
    pub const fn pointer(&mut self) -> *mut pg_sys::DestReceiver {
        (&raw mut *self).cast()
    }

    /// Whether all rows could be taken.
    ///
    /// # Errors
    /// What was said of the first that could not.
    pub fn done(self) -> SpiResult<()> {
        self.failed.map_or(Ok(()), Err)
    }
}

/// The executor begins, in the memory that it frees when it ends.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn begin(
    receiver: *mut pg_sys::DestReceiver,
    _operation: core::ffi::c_int,
    columns: pg_sys::TupleDesc,
) {
    // SAFETY: it is given what `Receiver::pointer` gave, which lives until the statement ends; a description has so many columns as it
    // says.
    unsafe {
        let receiver = &mut *receiver.cast::<Receiver<'_>>();
        receiver.types =
            (1..=(*columns).natts).map(|column| pg_sys::SPI_gettypeid(columns, column)).collect();
        receiver.room = pg_sys::AllocSetContextCreateInternal(
            pg_sys::CurrentMemoryContext,
            c"promo_guard row".as_ptr(),
            pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
            pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
            pg_sys::ALLOCSET_SMALL_MAXSIZE as usize,
        );
    }
}

/// A row; whether another one is wanted.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn receive(
    slot: *mut pg_sys::TupleTableSlot,
    receiver: *mut pg_sys::DestReceiver,
) -> bool {
    // SAFETY: as above. A slot whose columns are all taken out has so many values and nulls as its description has columns, which is
    // the one that the executor began with; they live until the next row.
    unsafe {
        let receiver = &mut *receiver.cast::<Receiver<'_>>();
        let columns = receiver.types.len();
        if usize::try_from((*slot).tts_nvalid).unwrap_or_default() < columns {
            pg_sys::slot_getsomeattrs_int(slot, columns as i32);
        }
        let row = Row {
            values: std::slice::from_raw_parts((*slot).tts_values, columns),
            nulls: std::slice::from_raw_parts((*slot).tts_isnull, columns),
            types: &receiver.types,
            outside: receiver.outside,
        };
        let executors = pg_sys::MemoryContextSwitchTo(receiver.room);
        let taken = (receiver.take)(&row);
        pg_sys::MemoryContextSwitchTo(executors);
        if !(*receiver.room).isReset {
            pg_sys::MemoryContextReset(receiver.room);
        }
        receiver.failed = taken.err();
        receiver.failed.is_none()
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn end(_receiver: *mut pg_sys::DestReceiver) {}
