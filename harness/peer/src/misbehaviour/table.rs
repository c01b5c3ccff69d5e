//! The form of a table of misbehaviours.

/// A table of misbehaviours: an enumeration with names, descriptions and what each breaks.
macro_rules! misbehaviours {
    (
        $(#[doc = $about:literal])+
        $table:ident:
        $($(#[doc = $doc:literal])+ $variant:ident = $name:literal breaks [$($requirement:literal),* $(,)?];)+
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $table {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $table {
            /// All of them, in the order of the sections.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name: what is done wrong.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What is done wrong, in a sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii_start(),)+ }
            }

            /// Every requirement that it can break, and rules on the layer below that stand for none. By the first one it has to be
            /// caught. Empty when it breaks the layer below ([C706]): then nothing above it can be relied on, and anything may be
            /// found.
            #[must_use]
            pub const fn requirements(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($requirement),*],)+ }
            }

            /// The one of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|misbehaviour| misbehaviour.name() == name)
            }
        }

        impl core::fmt::Display for $table {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use misbehaviours;
