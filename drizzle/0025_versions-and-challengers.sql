CREATE TABLE "challengers" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "challengers_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"site_id" bigint NOT NULL,
	"connector" jsonb NOT NULL,
	"share_percent" integer NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"ended_because" text,
	"ended_detail" jsonb,
	"undone_at" timestamp (3) with time zone,
	CONSTRAINT "challengers_share_percent" CHECK ("challengers"."share_percent" between 0 and 100),
	CONSTRAINT "challengers_ended_because" CHECK ("challengers"."ended_because" in ('stopped', 'replaced', 'promoted', 'failures', 'suite')),
	CONSTRAINT "challengers_ended" CHECK (("challengers"."ended_at" is null) = ("challengers"."ended_because" is null))
);
--> statement-breakpoint
CREATE TABLE "retired_connectors" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "retired_connectors_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"site_id" bigint NOT NULL,
	"connector" jsonb NOT NULL,
	"challenger_id" bigint,
	"retired_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "statistics_versions" (
	"site_id" bigint NOT NULL,
	"grain" smallint NOT NULL,
	"bucket_at" timestamp (3) with time zone NOT NULL,
	"version" text NOT NULL,
	"sessions" integer DEFAULT 0 NOT NULL,
	"ai_engaged" integer DEFAULT 0 NOT NULL,
	"complete" integer DEFAULT 0 NOT NULL,
	"abandoned" integer DEFAULT 0 NOT NULL,
	"archived" integer DEFAULT 0 NOT NULL,
	"leads" integer DEFAULT 0 NOT NULL,
	"unchecked" integer DEFAULT 0 NOT NULL,
	"passed" integer DEFAULT 0 NOT NULL,
	"issue" integer DEFAULT 0 NOT NULL,
	"fixed" integer DEFAULT 0 NOT NULL,
	"engaged" integer DEFAULT 0 NOT NULL,
	"contact_given" integer DEFAULT 0 NOT NULL,
	"completed" integer DEFAULT 0 NOT NULL,
	"delivered" integer DEFAULT 0 NOT NULL,
	"messages" integer DEFAULT 0 NOT NULL,
	"turns" integer DEFAULT 0 NOT NULL,
	"failed_turns" integer DEFAULT 0 NOT NULL,
	"fallback_turns" integer DEFAULT 0 NOT NULL,
	"handoffs" integer DEFAULT 0 NOT NULL,
	"handoffs_taken" integer DEFAULT 0 NOT NULL,
	"handoffs_missed" integer DEFAULT 0 NOT NULL,
	"shown" integer DEFAULT 0 NOT NULL,
	"opened" integer DEFAULT 0 NOT NULL,
	"first_byte_bins" integer[] DEFAULT '{}' NOT NULL,
	"answer_bins" integer[] DEFAULT '{}' NOT NULL,
	"complete_bins" integer[] DEFAULT '{}' NOT NULL,
	"handoff_bins" integer[] DEFAULT '{}' NOT NULL,
	CONSTRAINT "statistics_versions_site_id_grain_bucket_at_version_pk" PRIMARY KEY("site_id","grain","bucket_at","version")
);
--> statement-breakpoint
ALTER TABLE "ai_turns" ADD COLUMN "challenger_id" bigint;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "version" text;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "challenger_id" bigint;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "arm" text;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "visitor_hash" text;--> statement-breakpoint
ALTER TABLE "challengers" ADD CONSTRAINT "challengers_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "retired_connectors" ADD CONSTRAINT "retired_connectors_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "retired_connectors" ADD CONSTRAINT "retired_connectors_challenger_id_challengers_id_fk" FOREIGN KEY ("challenger_id") REFERENCES "public"."challengers"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "challengers_running" ON "challengers" USING btree ("site_id") WHERE "challengers"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "challengers_site" ON "challengers" USING btree ("site_id","id");--> statement-breakpoint
CREATE INDEX "retired_connectors_site" ON "retired_connectors" USING btree ("site_id","retired_at");--> statement-breakpoint
CREATE INDEX "retired_connectors_old" ON "retired_connectors" USING btree ("retired_at");