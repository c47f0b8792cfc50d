//! The App's key pair for tests and the demo. Everybody knows it; it opens nothing but the stand-in.

/// What the supervisor signs with: PKCS#1 PEM, as GitHub hands them out.
pub const APP_PRIVATE_KEY_PEM: &str = include_str!("../../test-key/app.private.pem");

/// What the stand-in verifies with: PKCS#1 PEM.
pub const APP_PUBLIC_KEY_PEM: &str = include_str!("../../test-key/app.public.pem");
