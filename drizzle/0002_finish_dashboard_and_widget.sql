DROP INDEX "chat_sessions_assignee";--> statement-breakpoint
DROP INDEX "chat_sessions_channel";