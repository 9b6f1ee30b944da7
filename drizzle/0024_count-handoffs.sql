ALTER TABLE "statistics_sources" ADD COLUMN "handoffs" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_sources" ADD COLUMN "handoffs_taken" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_sources" ADD COLUMN "handoffs_missed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_times" ADD COLUMN "handoffs" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_times" ADD COLUMN "handoffs_taken" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_times" ADD COLUMN "handoffs_missed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_times" ADD COLUMN "handoff_bins" integer[] DEFAULT '{}' NOT NULL;