
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Prompt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(help_text='What flows call it. Cannot be changed later.', max_length=80, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9_-]{0,79}\\Z', 'Lower-case letters, digits, - and _, at most 80; a letter or digit first.')], verbose_name='name')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('kind', models.CharField(choices=[('greeting', 'Greeting'), ('menu', 'Menu'), ('answer', 'Standard answer'), ('voicemail', 'Voicemail greeting'), ('music', 'Music'), ('other', 'Other')], default='greeting', max_length=10, verbose_name='kind')),
                ('number', models.PositiveIntegerField(help_text='Dialled after *77 and the language to record it by phone.', verbose_name='number')),
                ('revision', models.PositiveIntegerField(default=0, help_text='Grows with each replacement; 0: nothing to hear.', verbose_name='revision')),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'prompt',
                'verbose_name_plural': 'prompts',
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PromptAudio',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('language', models.CharField(choices=[('zh', 'Chinese'), ('en', 'English')], max_length=2, verbose_name='language')),
                ('source', models.CharField(choices=[('upload', 'Uploaded'), ('tts', 'Spoken from text'), ('phone', 'Recorded by phone')], max_length=6, verbose_name='source')),
                ('text', models.TextField(blank=True, default='', help_text='What is said; spoken when made from text.', verbose_name='text')),
                ('state', models.CharField(choices=[('pending', 'In work'), ('ready', 'Playable'), ('failed', 'Failed')], default='pending', max_length=7, verbose_name='state')),
                ('problem', models.CharField(blank=True, default='', help_text="Code of prompts.errors; '' without one.", max_length=40)),
                ('job', models.CharField(blank=True, default='', help_text='The latest work; older work is dropped.', max_length=32)),
                ('job_source', models.CharField(blank=True, choices=[('upload', 'Uploaded'), ('tts', 'Spoken from text'), ('phone', 'Recorded by phone')], default='', help_text='Of the job.', max_length=6)),
                ('job_text', models.TextField(blank=True, default='', help_text='Of the job.')),
                ('content_key', models.CharField(blank=True, default='', help_text="SHA-256 of what went in and the recipe; names the file. '': nothing yet.", max_length=64)),
                ('duration_ms', models.PositiveIntegerField(default=0, verbose_name='length')),
                ('loudness_lufs', models.FloatField(blank=True, null=True, verbose_name='loudness')),
                ('peaks', models.JSONField(default=list, help_text='Loudest sample of each of 200 parts, 0 to 1.')),
                ('prompt', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='audios', to='prompts.prompt', verbose_name='prompt')),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': "prompt's sound",
                'verbose_name_plural': "prompts' sounds",
                'ordering': ['-language', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='prompt',
            constraint=models.UniqueConstraint(fields=('tenant', 'name'), name='prompt_name_unique'),
        ),
        migrations.AddConstraint(
            model_name='prompt',
            constraint=models.UniqueConstraint(fields=('tenant', 'number'), name='prompt_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='promptaudio',
            constraint=models.UniqueConstraint(fields=('prompt', 'language'), name='prompt_audio_unique'),
        ),
    ]
