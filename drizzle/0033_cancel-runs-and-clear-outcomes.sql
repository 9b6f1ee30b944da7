ALTER TABLE "suite_run_cases" DROP CONSTRAINT "suite_run_cases_status";--> statement-breakpoint
ALTER TABLE "suite_runs" DROP CONSTRAINT "suite_runs_status";--> statement-breakpoint
ALTER TABLE "lead_outcomes" ADD COLUMN "cleared_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "lead_outcomes" ADD COLUMN "cleared_by_type" text;--> statement-breakpoint
ALTER TABLE "lead_outcomes" ADD COLUMN "cleared_by_name" text;--> statement-breakpoint
ALTER TABLE "suite_runs" ADD COLUMN "challenger_id" bigint;--> statement-breakpoint
ALTER TABLE "suite_runs" ADD COLUMN "content_digest" text;--> statement-breakpoint
ALTER TABLE "suite_runs" ADD CONSTRAINT "suite_runs_challenger_id_challengers_id_fk" FOREIGN KEY ("challenger_id") REFERENCES "public"."challengers"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suite_run_cases" ADD CONSTRAINT "suite_run_cases_status" CHECK ("suite_run_cases"."status" in ('queued', 'running', 'passed', 'flaky', 'failed', 'error', 'cancelled'));--> statement-breakpoint
ALTER TABLE "suite_runs" ADD CONSTRAINT "suite_runs_status" CHECK ("suite_runs"."status" in ('queued', 'running', 'passed', 'failed', 'error', 'cancelled'));