//! Why a model could not be fitted.

/// Why a model could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    #[error("both won and lost examples are needed")]
    OneClass,
    #[error("logistic regression failed: {0}")]
    Logistic(String),
    #[error("random forest failed: {0}")]
    RandomForest(String),
}
