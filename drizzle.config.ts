import { defineConfig } from 'drizzle-kit';

export default defineConfig({
	dialect: 'postgresql',
	schema: './src/lib/server/core/db/schema/*.ts',
	out: './drizzle',
	casing: 'snake_case',
});
