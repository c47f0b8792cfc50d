engine::store_suite!(crate::file::fresh());
