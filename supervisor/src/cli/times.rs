pub(super) use crate::words::ago;
