//! Why a note has the links that it has, with the scores of every principle.
