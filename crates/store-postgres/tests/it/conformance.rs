engine::store_suite!(crate::server::fresh());
