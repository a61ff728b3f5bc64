"""Mail and Slack from end to end: an alert of a real fleet reaches an SMTP server over STARTTLS and a Slack webhook, once also when
the controller is killed, and no secret is told on the way."""
import email
import email.policy
import json

from certificates import certificate_of
from fleet import Fleet, Mailbox, Webhook, eventually, expect, refused, run_cases

RULES = """groups:
- name: hosts
  rules:
  - {alert: DiskFull, expr: node_load1 >= 0, annotations: {summary: 'disk <10% a-b_c & "é"'}}
"""

ROUTES = """global:
  smtp_smarthost: '%(smarthost)s'
  smtp_from: 'Vigie <vigie@example.org>'
  smtp_auth_username: vigie
  smtp_auth_password_file: %(folder)s/smtp.password
templates: ['own-*.tmpl']
route: {receiver: ops, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}
receivers:
- name: ops
  email_configs:
  - to: 'Ops <ops@example.org>'
    tls_config: {ca_file: %(cert)s}
    headers: {Subject: '{{ template "own.subject" . }}'}
  slack_configs:
  - {api_url_file: %(folder)s/slack.url, channel: '#ops'}
"""
SECRETS = ("s3cret-word", "T0-secret-path")


def written(fleet, smarthost, slack, cert):
    (fleet.folder / "rules.yaml").write_text(RULES)
    (fleet.folder / "smtp.password").write_text("s3cret-word\n")
    (fleet.folder / "slack.url").write_text(f"{slack}/T0-secret-path\n")
    (fleet.folder / "own-a.tmpl").write_text('{{ define "own.subject" }}{{ .Status }} {{ .CommonAnnotations.summary }}{{ end }}')
    routes = fleet.folder / "alertmanager.yml"
    routes.write_text(ROUTES % {"smarthost": smarthost, "folder": fleet.folder, "cert": cert})
    fleet.controller_extra = f"rule_files: [{fleet.folder / 'rules.yaml'}]\nalertmanager_file: {routes}\n"
    return routes


def mail_and_slack_tell_of_an_alert_once_and_of_no_secret():
    with Fleet() as fleet:
        cert, key = certificate_of(fleet.folder, 2)
        with Mailbox(fleet.folder, "--tls", "starttls", "--cert", cert, "--key", key, "--auth", "vigie:s3cret-word",
                     "--refuse", "END=451") as mailbox, Webhook(fleet.folder, "500", "429,retry_after=1") as slack:
            written(fleet, mailbox.smarthost, slack.url, cert)
            fleet.start_controller()
            fleet.add_agent("web-1")
            mails = eventually("the mail", mailbox.mails)
            mail = email.message_from_string(mails[0]["mail"], policy=email.policy.default)
            expect(mails[0]["tls"] and mails[0]["user"] == "vigie", f"how it came: {mails[0]}")
            expect(mails[0]["to"] == ["ops@example.org"], f"to whom: {mails[0]['to']}")
            expect(mail["Subject"] == 'firing disk <10% a-b_c & "é"', f"its subject: {mail['Subject']}")
            expect(mail["Auto-Submitted"] == "auto-generated" and mail["Message-ID"] and mail["References"], f"its fields: {mail.items()}")
            text = mail.get_body(("plain",)).get_content()
            expect('DiskFull on web-1: disk <10% a-b_c & "é"' in text, f"its text: {text}")
            html = mail.get_body(("html",)).get_content()
            expect("disk &lt;10% a-b_c &amp; &quot;é&quot;" in html, f"its HTML: {html}")

            posts = lambda: [line for line in slack_posts(slack) if line["answered"] == 200]
            post = eventually("the post", posts)[0]
            expect(post["path"] == "/T0-secret-path" and post["body"]["channel"] == "#ops", f"where it went: {post}")
            title = post["body"]["attachments"][0]["title"]
            expect(title == '[FIRING:1] DiskFull: disk &lt;10% a-b_c &amp; "é"', f"its title: {title}")
            answered = [line["answered"] for line in slack_posts(slack)]
            expect(answered == [500, 429, 200], f"what Slack answered: {answered}")

            fleet.controller.kill()
            fleet.start_controller()
            fleet.wait_until_up("web-1")
            fleet.add_agent("web-2")  # its group's next message comes after what a repetition would have come with
            eventually("the second mail", lambda: len(mailbox.mails()) > 1)
            second = email.message_from_string(mailbox.mails()[1]["mail"], policy=email.policy.default)
            expect("web-2" in second.get_body(("plain",)).get_content(), "the first mail came twice")
            expect(second["Message-ID"] != mail["Message-ID"], "two mails have one id")
            expect(second["References"] == mail["References"], "the group's mails are in two threads")

            said = fleet.controller.said() + str(fleet.ask("doctor")) + str(fleet.ask("status"))
            for secret in SECRETS:
                expect(secret not in said, f"'{secret}' is told")


def slack_posts(slack):
    return [json.loads(line) for line in slack.received.read_text().splitlines()]


def what_cannot_be_sent_is_refused_before_it_runs():
    with Fleet() as fleet:
        routes = written(fleet, "127.0.0.1:25", "http://127.0.0.1:1", "/none")
        fleet.write_controller_config()
        check = lambda: fleet.run("vigie-controller", "config", "check", fleet.controller_config)
        good = check()
        expect(good.returncode == 0, f"the file itself is refused: {good.stderr}")
        routes.write_text(routes.read_text().replace("own.subject", "no.subject"))
        refused(check(), 1, f"{routes}:11: email_configs: Subject: there is no template 'no.subject'")
        routes.write_text(routes.read_text().replace("no.subject", "own.subject").replace("channel:", "chanel:"))
        refused(check(), 1, f"{routes}:", "unknown key 'chanel', did you mean 'channel'?")
        routes.write_text(routes.read_text().replace("chanel:", "channel:"))
        (fleet.folder / "slack.url").write_text("no url T0-secret-path\n")
        said = refused(check(), 1, f"{routes}:15: slack_configs", "must be a URL")
        expect("T0-secret-path" not in said, f"the URL is told: {said}")


if __name__ == "__main__":
    run_cases(mail_and_slack_tell_of_an_alert_once_and_of_no_secret, what_cannot_be_sent_is_refused_before_it_runs)
