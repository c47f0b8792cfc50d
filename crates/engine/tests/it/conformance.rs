engine::store_suite!(async { Box::new(engine::MemoryStore::new()) });
