//! Readings of the specification's defects among which a user may choose: those that a rule consults.

/// One reading of a defect.
#[derive(Debug, PartialEq, Eq)]
pub struct Reading {
    /// The defect: `SD-04`.
    pub defect: &'static str,
    /// The word by which it is chosen.
    pub word: &'static str,
    /// What it means for verdicts.
    pub meaning: &'static str,
    /// Whether it is the one that is taken when none is chosen.
    pub is_recommended: bool,
}

/// The first of each defect is the recommended one.
static READINGS: &[Reading] = &[
    Reading {
        defect: "SD-04",
        word: "figure",
        meaning: "figure 5: when its print queue is deleted a waiting GetNotification returns NOTIFICATION_RELEASE with success",
        is_recommended: true,
    },
    Reading {
        defect: "SD-04",
        word: "text",
        meaning: "the text of 3.1.1.4.5: only the deletion of the remote object releases a waiting GetNotification; what the \
                  deletion of its print queue does to it is not judged",
        is_recommended: false,
    },
];

/// All of them.
#[must_use]
pub fn readings() -> &'static [Reading] {
    READINGS
}

/// Those of one defect; none where there is nothing to choose.
pub fn readings_of(defect: &str) -> impl Iterator<Item = &'static Reading> {
    READINGS.iter().filter(move |reading| reading.defect == defect)
}
