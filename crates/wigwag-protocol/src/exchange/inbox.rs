//! What has come and is not yet done with.

/// Bytes in the order in which they came. Taking from the front moves nothing; what is done with is dropped when more
/// comes, so that cutting many frames out of one piece stays linear.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    done: usize,
}

impl Inbox {
    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.done..).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.unread().len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.unread().is_empty()
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.done);
        self.done = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Puts bytes in front of what is unread.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        self.bytes.splice(..self.done, bytes.iter().copied());
        self.done = 0;
    }

    /// Is done with so many bytes at the front.
    pub(super) fn drop_front(&mut self, count: usize) {
        self.done = (self.done + count).min(self.bytes.len());
    }

    /// Takes so many bytes from the front.
    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        // Mostly a device says one frame at once: that is all there is.
        if self.done == 0 && count == self.bytes.len() {
            return std::mem::take(&mut self.bytes);
        }
        let unread = self.unread();
        let taken = unread.get(..count).unwrap_or(unread).to_vec();
        self.drop_front(count);
        taken
    }

    /// Takes all that is unread.
    pub(super) fn take_all(&mut self) -> Vec<u8> {
        let all = self.unread().to_vec();
        self.clear();
        all
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.done = 0;
    }
}
