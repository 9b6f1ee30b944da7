UPDATE "webhook_endpoints" SET "events" = "events" || array(
	SELECT name FROM unnest('{lead.updated,lead.withdrawn}'::text[]) AS name WHERE name <> ALL("webhook_endpoints"."events")
) WHERE 'lead.completed' = ANY("events");--> statement-breakpoint
UPDATE "deliveries" d SET "lead_version" = 0 WHERE d."event" IN ('lead.completed', 'session.completed') AND d."chat_session_id" IS NOT NULL
	AND NOT EXISTS (SELECT FROM "leads" l WHERE l."chat_session_id" = d."chat_session_id" AND l."created_at" <= d."created_at");
